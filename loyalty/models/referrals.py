"""Who brought whom is kept with the customer (`Customer.referrer`); here is what it earned."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Sale
from tenancy.erasure import delete_rows, keep_rows
from tenancy.models import TenantForeignKey, TenantModel


class ReferralTerms(TenantModel):
    """What a clinic gives both when a friend has paid for the first time; one row a clinic."""

    erasure = keep_rows("the programme")

    is_active = models.BooleanField(default=True)
    points_referrer = models.PositiveIntegerField(default=500)
    points_friend = models.PositiveIntegerField(default=200)
    min_paid_minor = models.BigIntegerField(default=0)  # by the first paid visit
    starts_on = models.DateField()  # friends who first paid earlier bring nothing

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="referral_terms_once", fields=["clinic"]),
            models.CheckConstraint(
                name="referral_minimum_not_negative", condition=Q(min_paid_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points_referrer}/{self.points_friend}"


class ReferralCode(TenantModel):
    """The word a customer gives to friends. After a merge both work; one of them is shown."""

    erasure = delete_rows("customer")
    merge_collisions = {"is_primary": False}

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="referral_codes")
    code = models.CharField(max_length=16)
    is_primary = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(name="referral_code_once", fields=["clinic", "code"]),
            models.UniqueConstraint(
                name="referral_code_one_primary",
                fields=["clinic", "customer"],
                condition=Q(is_primary=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Referral(TenantModel):
    """The decision about one friend's first paid visit: rewarded, or why not. Once a friend."""

    erasure = keep_rows("the books: points and days, under the customers' numbers")
    merge_collisions = "stay"

    class State(models.TextChoices):
        REWARDED = "rewarded", _("Rewarded")
        REFUSED = "refused", _("Not rewarded")
        TAKEN_BACK = "taken_back", _("Taken back")

    class Refusal(models.TextChoices):
        SAME_PERSON = "same_person", _("Perhaps the same person")
        CIRCLE = "circle", _("They brought each other")
        TOO_SMALL = "too_small", _("The first paid visit was below the minimum")
        REFUNDED = "refunded", _("The first paid visit was refunded")
        MERGED = "merged", _("The two turned out to be one person")

    friend = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="referral")
    referrer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="referrals")
    sale = TenantForeignKey(Sale, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State)
    refusal = models.CharField(max_length=12, choices=Refusal, blank=True)
    points_referrer = models.PositiveIntegerField(default=0)
    points_friend = models.PositiveIntegerField(default=0)
    paid_on = models.DateField(null=True)
    decided_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="referral_once_a_friend", fields=["clinic", "friend"]),
            models.CheckConstraint(
                name="referral_refusal_said",
                condition=Q(state="rewarded", refusal="")
                | (Q(state__in=["refused", "taken_back"]) & ~Q(refusal="")),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "referrer"], name="referral_of_referrer")]

    def __str__(self) -> str:
        return f"{self.referrer_id} → {self.friend_id}"
