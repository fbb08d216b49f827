from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenancy.erasure import PSEUDONYM, blank_columns, delete_rows, forget_mentions
from tenancy.managers import ScopedManager
from tenancy.models import Branch, Membership, TenantForeignKey, TenantModel
from tenancy.models.clinic import validate_timezone

NEVER = date(1, 1, 1)
# The day of the last visit as a list sorts by it: who never came stands before all others.
# Without nulls one index is walked both ways, and a page begins right behind the one before.
LAST_VISIT = Coalesce("last_visit_on", Value(NEVER))
# Whom the manager shows. Indexes of lists say the same, or each entry would be looked up in the
# table to see whether the customer is there still.
LISTED = Q(merged_into__isnull=True, erased_at__isnull=True)


# What is left of somebody who was erased: a number, and since when.
NOBODY: dict[str, Any] = {
    "name": "—",
    **dict.fromkeys(
        ("gender", "occupation", "education", "city", "district", "address", "language"), ""
    ),
    "acquisition_source": "",
    "notes": "",
    "hobbies": "",
    "custom": {},
    "birth_on": None,
    "died_on": None,
    "zone": "",
}


class StandingCustomers(ScopedManager):
    """Customers without those that were merged into another, or erased."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(LISTED)


class Customer(TenantModel):
    """A person known to one clinic.

    Merged into another the row stays, with its fields as they were, for the undo and for who asks
    by the old id (`queries.merged.resolve`). Erased it stays as a number to which sales and points
    belong. Only `with_merged` sees either.
    """

    erasure = blank_columns("pk", **NOBODY)

    class Gender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")

    name = models.CharField(max_length=200)
    gender = models.CharField(max_length=8, choices=Gender, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    died_on = models.DateField(null=True, blank=True)  # or the day on which the clinic heard of it
    occupation = models.CharField(max_length=120, blank=True)
    education = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    district = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=8, blank=True)
    # Such as "Asia/Tokyo"; blank: the clinic's. Decides when a message would wake them.
    zone = models.CharField(
        max_length=64, blank=True, db_default="", validators=[validate_timezone]
    )
    acquisition_source = models.CharField(max_length=80, blank=True)
    home_branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="customers"
    )
    consultant = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="customers"
    )
    referrer = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="referred"
    )
    merged_into = TenantForeignKey(  # the one who stands, however many merges ago
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    notes = models.TextField(blank=True)
    hobbies = models.CharField(max_length=300, blank=True, db_default="")
    # The clinic's own fields, {key: value}; checked by services/custom_values.py.
    custom = models.JSONField(
        default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    known_since_on = models.DateField()
    last_visit_on = models.DateField(null=True, blank=True)
    # Net of all sales and refunds. A trigger on the sales keeps it (see decisions/0005).
    spent_minor = models.BigIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StandingCustomers()
    with_merged = ScopedManager()

    class Meta(TenantModel.Meta):
        base_manager_name = "with_merged"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(
                fields=["clinic", "merged_into"],
                condition=Q(merged_into__isnull=False),
                name="customer_merged_into",
            ),
            models.Index(
                fields=["clinic", "name", "id"], name="customer_listed_by_name", condition=LISTED
            ),
            models.Index(
                "clinic", LAST_VISIT, "id", name="customer_listed_by_visit", condition=LISTED
            ),
            models.Index(
                fields=["clinic", "spent_minor", "id"],
                name="customer_listed_by_spend",
                condition=LISTED,
            ),
            models.Index(fields=["clinic", "updated_at", "id"], name="customer_by_change"),
            models.Index(fields=["clinic", "consultant"], name="customer_by_consultant"),
            models.Index(
                "clinic",
                "home_branch",
                LAST_VISIT,
                "id",
                name="customer_listed_by_branch",
                condition=LISTED,
            ),
            models.Index(
                fields=["clinic", "referrer"],
                condition=Q(referrer__isnull=False),
                name="customer_by_referrer",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="customer_gender_known",
                condition=Q(gender__in=["", "female", "male", "other"]),
            ),
            models.CheckConstraint(name="customer_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="customer_not_own_referrer",
                condition=Q(referrer__isnull=True) | ~Q(referrer=F("id")),
            ),
            models.CheckConstraint(
                name="customer_not_merged_into_self",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(TenantModel):
    """An id under which a source knows this customer: a booking system's, a card, a WeChat id."""

    erasure = delete_rows("customer")
    wall_bulk = True

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    source = models.CharField(max_length=60)  # "file", a booking system's name, "card", "wechat"
    external_id = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="identity_once", fields=["clinic", "source", "external_id"]
            ),
            models.CheckConstraint(name="identity_not_empty", condition=~Q(external_id="")),
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="identity_of_customer")]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class ContactPoint(TenantModel):
    """A phone or e-mail. A family may share one, so it never identifies a person alone."""

    erasure = delete_rows("customer")
    merge_collisions = "drop"

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")

    class Label(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        HOME = "home", pgettext_lazy("of a phone", "Home")
        WORK = "work", _("Work")
        FAMILY = "family", _("A relative's")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=254)  # E.164, or the address with a lower-case domain
    is_primary = models.BooleanField(default=True)
    is_valid = models.BooleanField(default=True)
    label = models.CharField(max_length=8, choices=Label, blank=True, db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="contact_point_once", fields=["clinic", "customer", "kind", "value"]
            ),
            models.UniqueConstraint(
                name="contact_point_one_primary",
                fields=["clinic", "customer", "kind"],
                condition=Q(is_primary=True),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "kind", "value"], name="contact_point_by_value")]

    def __str__(self) -> str:
        return self.value


class Consent(TenantModel):
    """A yes to one purpose on one channel, from when it was given until it was withdrawn."""

    erasure = blank_columns("customer", proof="", stays=("source", "text_version"))
    merge_collisions = "drop"

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        CARE = "care", _("Care and reminders")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")
        PHONE = "phone", _("Phone")
        WECHAT = "wechat", _("WeChat")

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose)
    channel = models.CharField(max_length=16, choices=Channel)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=60)
    text_version = models.CharField(max_length=40, blank=True)
    # How we can show it: a signed form's number, where the recording lies.
    proof = models.CharField(max_length=200, blank=True, db_default="")

    class Meta(TenantModel.Meta):
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="consent_one_open",
                fields=["clinic", "customer", "purpose", "channel"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_given",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="consent_of_customer")]

    def __str__(self) -> str:
        return f"{self.purpose}/{self.channel}"


class Tag(TenantModel):
    erasure = forget_mentions(name=PSEUDONYM, ours=("name",), stays=("kind",))

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(name="tag_once", fields=["clinic", "name"])]

    def __str__(self) -> str:
        return self.name


class CustomerTag(TenantModel):
    merge_collisions = "drop"
    wall_bulk = True

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="tag_links")
    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="customer_links")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="customer_tag_once", fields=["clinic", "customer", "tag"])
        ]
        indexes = [models.Index(fields=["clinic", "tag", "customer"], name="customer_tag_by_tag")]

    def __str__(self) -> str:
        return str(self.tag)


class SearchToken(TenantModel):
    """A piece of a customer's name, pinyin, initials, phone or id, found by equality or range.

    LIKE and trigrams are not leakproof, so under row security they cannot use an index.
    """

    erasure = delete_rows("customer")
    wall_bulk = True
    merge_collisions = "drop"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="search_tokens")
    token = models.CharField(max_length=80, db_collation="C")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="search_token_once", fields=["clinic", "token", "customer"]
            )
        ]
        indexes = [models.Index(fields=["clinic", "customer"], name="search_token_of_customer")]

    def __str__(self) -> str:
        return self.token
