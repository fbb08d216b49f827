"""Offers, the coupons that promise them to somebody, and each use of one."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Sale, Treatment
from loyalty.models.ladder import Tier
from segmentation.models import Segment
from tenancy.erasure import PSEUDONYM, blank_columns, keep_rows
from tenancy.models import Branch, Membership, TenantForeignKey, TenantModel


class Offer(TenantModel):
    """What a coupon gives, to whom, when, and what it gets along with.

    `n_used` counts uses and open reservations. Days are local ones; `ends_on` is the last.
    occasion: when a coupon of it is given by itself, once a person and occasion; `occasion_tier`
    narrows it to who reaches (birthday: stands in) this tier. days_before: of a birthday.
    """

    erasure = keep_rows("the clinic's offers")

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("An amount off")
        PERCENT = "percent", _("A share off")
        GIFT = "gift", _("A gift")

    class Stacking(models.TextChoices):
        ALONE = "alone", _("Not with other coupons")
        TOGETHER = "together", _("Together with others")

    class RefundRule(models.TextChoices):
        SHARE = "share", _("Each item keeps its share of the discount")
        THRESHOLD = "threshold", _("Below the threshold the discount is lost")

    class Occasion(models.TextChoices):
        BIRTHDAY = "birthday", _("For the birthday")
        TIER = "tier", _("For reaching a tier")
        SURVEY = "survey", _("For answering a survey")

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.AMOUNT)
    amount_minor = models.BigIntegerField(default=0)
    off_rate = models.DecimalField(max_digits=4, decimal_places=3, default=0)  # 0–1
    most_off_minor = models.BigIntegerField(null=True, blank=True)
    min_spend_minor = models.BigIntegerField(default=0)
    is_per_step = models.BooleanField(default=False)  # the amount for every full `min_spend_minor`
    gift = models.CharField(max_length=120, blank=True)
    treatment = TenantForeignKey(  # only for this one
        Treatment, on_delete=models.PROTECT, null=True, blank=True, related_name="offers"
    )
    category = models.CharField(max_length=80, blank=True)  # only for treatments of it
    branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="offers"
    )
    segment = TenantForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    valid_days = models.PositiveIntegerField(null=True, blank=True)  # of a coupon, from its issue
    code = models.CharField(max_length=20, blank=True)  # one word for everybody; "": single codes
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    max_uses_per_person = models.PositiveIntegerField(null=True, blank=True, default=1)
    n_used = models.PositiveIntegerField(default=0)
    is_first_purchase_only = models.BooleanField(default=False)
    stacking = models.CharField(max_length=8, choices=Stacking, default=Stacking.ALONE)
    refund_rule = models.CharField(max_length=10, choices=RefundRule, default=RefundRule.SHARE)
    restores_on_full_refund = models.BooleanField(default=True)
    cost_minor = models.BigIntegerField(default=0)  # of one use beside the discount, as of a gift
    is_pick = models.BooleanField(default=False)  # may be picked for one customer, with a reason
    occasion = models.CharField(
        max_length=8, choices=Occasion, blank=True, default="", db_default=""
    )
    occasion_tier = TenantForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    days_before = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="offer_code_once", fields=["clinic", "code"], condition=~Q(code="")
            ),
            models.CheckConstraint(
                name="offer_gives_what_it_says",
                condition=Q(kind="amount", amount_minor__gte=1, off_rate=0, gift="")
                | Q(kind="percent", amount_minor=0, off_rate__gt=0, off_rate__lte=1, gift="")
                | (Q(kind="gift", amount_minor=0, off_rate=0) & ~Q(gift="")),
            ),
            models.CheckConstraint(
                name="offer_money_not_negative",
                condition=Q(min_spend_minor__gte=0, cost_minor__gte=0)
                & (Q(most_off_minor__isnull=True) | Q(most_off_minor__gte=1)),
            ),
            models.CheckConstraint(
                name="offer_steps_have_a_size",
                condition=Q(is_per_step=False) | Q(kind="amount", min_spend_minor__gte=1),
            ),
            models.CheckConstraint(
                name="offer_never_overused",
                condition=Q(max_uses__isnull=True) | Q(n_used__lte=F("max_uses")),
            ),
            models.CheckConstraint(
                name="offer_of_an_occasion_has_own_codes",
                condition=Q(occasion="") | Q(code=""),
            ),
            models.CheckConstraint(
                name="offer_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(TenantModel):
    """One code for one use, promised to a customer or printed for whoever brings it."""

    erasure = blank_columns("customer", reason="", issue_key=PSEUDONYM, stays=("code",))

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        RESERVED = "reserved", _("Reserved")
        USED = "used", _("Used")
        REVOKED = "revoked", _("Revoked")

    class Cause(models.TextChoices):
        DESK = "desk", _("Given at the desk")
        BATCH = "batch", _("Printed")
        SEGMENT = "segment", _("Given to a segment")
        CAMPAIGN = "campaign", _("Campaign")
        TIER = "tier", _("Tier")
        BIRTHDAY = "birthday", _("Birthday")
        SURVEY = "survey", _("Survey")
        PICK = "pick", _("Picked for this customer")
        MEMBER = "member", _("Taken by the member")

    offer = TenantForeignKey(Offer, on_delete=models.PROTECT, related_name="coupons")
    customer = TenantForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="coupons"
    )
    code = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=State, default=State.READY)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    cause = models.CharField(max_length=8, choices=Cause, default=Cause.DESK)
    reason = models.CharField(max_length=200, blank=True)  # said to the customer
    issue_key = models.CharField(max_length=120)  # e.g. "birthday:12:2026"; issued once
    issued_at = models.DateTimeField()
    issued_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["ends_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="coupon_code_once", fields=["clinic", "code"]),
            models.UniqueConstraint(name="coupon_issued_once", fields=["clinic", "issue_key"]),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer", "state"], name="coupon_of_customer"),
            models.Index(fields=["clinic", "offer", "issued_at"], name="coupon_of_offer"),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(TenantModel):
    """A coupon set aside for a basket, used, let go, or given back after a full refund.

    of a gift it is also the record of who handed it over. discount_back_minor: the part of the
    discount that refunds took back.
    """

    erasure = blank_columns(
        "customer", sale_external_id=PSEUDONYM, idempotency_key=PSEUDONYM, stays=("sale_source",)
    )

    class State(models.TextChoices):
        RESERVED = "reserved", _("Reserved")
        USED = "used", _("Used")
        RELEASED = "released", _("Let go")
        RESTORED = "restored", _("Given back after a refund")

    offer = TenantForeignKey(Offer, on_delete=models.PROTECT, related_name="uses")
    coupon = TenantForeignKey(Coupon, on_delete=models.PROTECT, null=True, related_name="uses")
    customer = TenantForeignKey(
        Customer, on_delete=models.PROTECT, null=True, related_name="coupon_uses"
    )
    state = models.CharField(max_length=8, choices=State)
    gross_minor = models.BigIntegerField(default=0)  # of the items the offer is for
    discount_minor = models.BigIntegerField(default=0)
    discount_back_minor = models.BigIntegerField(default=0)
    sale = TenantForeignKey(Sale, on_delete=models.PROTECT, null=True, related_name="coupon_uses")
    sale_source = models.CharField(max_length=60, blank=True)  # names the sale before it comes in
    sale_external_id = models.CharField(max_length=120, blank=True)
    idempotency_key = models.CharField(max_length=120)
    branch = TenantForeignKey(Branch, on_delete=models.PROTECT, null=True, related_name="+")
    actor = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    reserved_until_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="coupon_use_key_once", fields=["clinic", "idempotency_key"]
            ),
            models.UniqueConstraint(  # the last guard: one code, one open use
                name="coupon_used_once",
                fields=["clinic", "coupon"],
                condition=Q(state__in=["reserved", "used"]),
            ),
            models.CheckConstraint(
                name="coupon_discount_within_basket",
                condition=Q(
                    discount_minor__gte=0,
                    discount_minor__lte=F("gross_minor"),
                    discount_back_minor__gte=0,
                    discount_back_minor__lte=F("discount_minor"),
                ),
            ),
            models.CheckConstraint(
                name="coupon_use_has_its_times",
                condition=Q(state="reserved", reserved_until_at__isnull=False, used_at__isnull=True)
                | Q(state="used", used_at__isnull=False)
                | Q(state__in=["released", "restored"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer"], name="coupon_use_of_customer"),
            models.Index(fields=["clinic", "offer", "used_at"], name="coupon_use_of_offer"),
            models.Index(
                fields=["clinic", "sale_source", "sale_external_id"],
                condition=~Q(sale_external_id=""),
                name="coupon_use_of_sale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.state}"


class OfferHoldback(TenantModel):
    """Somebody who could have got an offer and by lot did not: with whom it is compared."""

    erasure = keep_rows("a lot that was drawn, under the customer's number")
    merge_collisions = "drop"

    offer = TenantForeignKey(Offer, on_delete=models.CASCADE, related_name="holdbacks")
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="offer_holdback_once", fields=["clinic", "offer", "customer"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.offer_id}"
