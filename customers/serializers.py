"""What the booking API takes: types and lengths; rules stand in services/intake."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import Appointment, Consent, Customer, Interaction, Sale
from customers.serializer_fields import OwnValues, Version
from customers.services.intake import (
    AppointmentRecord,
    ConsentRecord,
    CustomerRecord,
    LineRecord,
    SaleRecord,
)
from customers.services.interactions import InteractionRecord
from tenancy.strict_fields import (
    Day,
    Instant,
    Minor,
    Quantity,
    StrictSerializer,
    Text,
    Whole,
    YesNo,
)

MAX_LIST = 100
MAX_BULK = 1000


def _optional(max_length: int, about: str, **more: Any) -> Text:
    """A text that may be left out (stays as it is) or sent empty (is cleared)."""
    return Text(
        required=False, allow_null=True, allow_blank=True, max_length=max_length,
        help_text=about, **more,
    )  # fmt: skip


class Unusable:
    """An item of a bulk whose shape is wrong; detail: DRF's errors of it."""

    def __init__(self, detail: Any) -> None:
        self.detail = detail


class EachByItself(serializers.ListSerializer):
    """Items of a bulk: a wrong one becomes Unusable and does not stop the others."""

    def to_internal_value(self, data: Any) -> list[dict | Unusable]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if not data:
            self.fail("empty")
        if len(data) > MAX_BULK:
            self.fail("max_length", max_length=MAX_BULK)
        return [self._taken(item) for item in data]

    def _taken(self, item: Any) -> dict | Unusable:
        try:
            return self.child.run_validation(item)
        except serializers.ValidationError as error:
            return Unusable(error.detail)


class ItemSerializer(StrictSerializer):
    """A record without its source, as it stands in a bulk."""

    external_id = Text(max_length=120, help_text=_("Your own id of this record."))
    version = Version(required=False, allow_null=True)

    class Meta:
        list_serializer_class = EachByItself

    def record(self, data: dict) -> Any:
        """What the intake takes, from validated data."""
        raise NotImplementedError


class SourcedSerializer(StrictSerializer):
    """What is sent begins with who sends it."""

    source = Text(max_length=60, help_text=_("Name of the system that sends, always the same."))

    def validate_source(self, source: str) -> str:
        if not source.isprintable():
            message = _("The source contains characters that cannot be printed.")
            raise serializers.ValidationError(message, code="not_printable")
        return source


class IdentityIn(StrictSerializer):
    source = Text(max_length=60)
    external_id = Text(max_length=120)


class ConsentIn(StrictSerializer):
    purpose = serializers.ChoiceField(choices=Consent.Purpose.choices)
    channel = serializers.ChoiceField(choices=Consent.Channel.choices)
    is_given = YesNo(help_text=_("true: said yes; false: said no."))
    at = Instant(
        required=False,
        allow_null=True,
        help_text=_(
            "When the person said it. Without it a yes never reopens a consent that was withdrawn."
        ),
    )
    text_version = Text(required=False, allow_blank=True, max_length=40)
    proof = Text(required=False, allow_blank=True, max_length=200,
                 help_text=_("How the yes can be shown: a form's number."))  # fmt: skip


class CustomerItem(ItemSerializer):
    """A field left out or null stays as it is; an empty text or list clears it."""

    name = Text(required=False, allow_null=True, max_length=200,
                help_text=_("Required for a customer that is new to us."))  # fmt: skip
    gender = serializers.ChoiceField(
        choices=[*Customer.Gender.choices, ("", _("not said"))], required=False, allow_null=True
    )
    birth_on = Day(required=False, allow_null=True)
    died_on = Day(
        required=False, allow_null=True,
        help_text=_("Day of death, or the day you heard of it. Ends all messages."),
    )  # fmt: skip
    occupation = _optional(120, "")
    education = _optional(120, "")
    city = _optional(120, "")
    district = _optional(120, "")
    address = _optional(300, "")
    language = _optional(8, _("Language the customer prefers, such as zh-hans."))
    zone = _optional(64, _("Time zone of the customer, such as Asia/Tokyo; none: the clinic's."))
    acquisition_source = _optional(80, _("How the customer came to the clinic."))
    home_branch = _optional(120, _("Code or name of a branch."))
    consultant = _optional(254, _("Display name or e-mail of a member."))
    referrer_external_id = _optional(120, _("Your id of the customer who referred this one."))
    notes = _optional(10_000, "")
    known_since_on = Day(required=False, allow_null=True)
    phones = serializers.ListField(
        child=Text(max_length=60), max_length=20, required=False, allow_null=True,
        help_text=_("The first becomes the primary one; [] removes all."),
    )  # fmt: skip
    emails = serializers.ListField(
        child=Text(max_length=254), max_length=20, required=False, allow_null=True,
        help_text=_("The first becomes the primary one; [] removes all."),
    )  # fmt: skip
    identities = IdentityIn(many=True, required=False, allow_null=True, max_length=MAX_LIST,
                            help_text=_("Further ids, such as a card or WeChat id."))  # fmt: skip
    tags = serializers.ListField(
        child=Text(max_length=60), max_length=MAX_LIST, required=False, allow_null=True,
        help_text=_("Added; none is taken away."),
    )  # fmt: skip
    consents = ConsentIn(many=True, required=False, allow_null=True, max_length=MAX_LIST)
    custom = OwnValues(required=False, allow_null=True)

    def record(self, data: dict) -> CustomerRecord:
        said = _without_source(data)
        for name in ("phones", "emails", "tags"):
            said[name] = _tuple(said.get(name))
        said["identities"] = _tuple(said.get("identities"), _identity)
        said["consents"] = _tuple(said.get("consents"), _consent)
        return CustomerRecord(**said)


class CustomerIn(SourcedSerializer, CustomerItem):
    """A field left out or null stays as it is; an empty text or list clears it."""


class CustomerBulkIn(SourcedSerializer):
    """Up to 1,000 customers of one source; each is taken or refused by itself."""

    items = CustomerItem(many=True, min_length=1, max_length=MAX_BULK)


class AppointmentItem(ItemSerializer):
    """A field left out or null stays as it is; an empty text clears it."""

    customer_external_id = Text(required=False, allow_null=True, max_length=120,
                                help_text=_("Required for a new appointment."))  # fmt: skip
    customer_source = Text(required=False, allow_null=True, max_length=60,
                           help_text=_("Where this id is from, if not from `source`."))  # fmt: skip
    starts_at = Instant(required=False, allow_null=True,
                        help_text=_("Required for a new appointment."))  # fmt: skip
    ends_at = Instant(required=False, allow_null=True)
    status = serializers.ChoiceField(
        choices=Appointment.Status.choices, required=False, allow_null=True
    )
    treatment = _optional(200, _("Code or name of the catalogue."))
    branch = _optional(120, _("Code or name of a branch."))
    consultant = _optional(254, _("Display name or e-mail of a member."))
    waiting_minutes = Whole(required=False, allow_null=True, min_value=0, max_value=24 * 60)

    def record(self, data: dict) -> AppointmentRecord:
        return AppointmentRecord(**_without_source(data))


class AppointmentIn(SourcedSerializer, AppointmentItem):
    """A field left out or null stays as it is; an empty text clears it."""


class AppointmentBulkIn(SourcedSerializer):
    """Up to 1,000 appointments of one source; each is taken or refused by itself."""

    items = AppointmentItem(many=True, min_length=1, max_length=MAX_BULK)


class SaleLineIn(StrictSerializer):
    net_minor = Minor(help_text=_("For the whole quantity; negative on a refund."))
    item_code = Text(required=False, allow_blank=True, max_length=80,
                     help_text=_("Code of a treatment or of a product."))  # fmt: skip
    item_name = Text(required=False, allow_blank=True, max_length=300)
    quantity = Quantity(required=False)
    cost_minor = Minor(required=False, allow_null=True)


class SaleItem(ItemSerializer):
    """A sale, or with `refund_of` (or amounts below zero) a refund. Two amounts give the third."""

    customer_external_id = Text(
        required=False, allow_null=True, max_length=120,
        help_text=_("Required for a new sale; a refund of a sale takes its buyer."),
    )  # fmt: skip
    customer_source = Text(required=False, allow_null=True, max_length=60,
                           help_text=_("Where this id is from, if not from `source`."))  # fmt: skip
    occurred_at = Instant(required=False, allow_null=True,
                          help_text=_("Required for a new sale."))  # fmt: skip
    gross_minor = Minor(required=False, allow_null=True)
    discount_minor = Minor(required=False, allow_null=True)
    net_minor = Minor(required=False, allow_null=True, help_text=_("Gross less discount."))
    currency = Text(required=False, allow_null=True, max_length=3,
                    help_text=_("The clinic's currency; may be left out."))  # fmt: skip
    kind = serializers.ChoiceField(choices=Sale.Kind.choices, required=False, allow_null=True)
    refund_of = _optional(120, _("Your id of the sale this refunds."))
    branch = _optional(120, _("Code or name of a branch."))
    consultant = _optional(254, _("Display name or e-mail of a member."))
    lines = SaleLineIn(many=True, required=False, allow_null=True, max_length=500,
                       help_text=_("All lines; they add up to the net."))  # fmt: skip

    def record(self, data: dict) -> SaleRecord:
        said = _without_source(data)
        said["lines"] = _tuple(said.get("lines"), lambda line: LineRecord(**line))
        return SaleRecord(**said)


class SaleIn(SourcedSerializer, SaleItem):
    """A sale, or with `refund_of` (or amounts below zero) a refund. Two amounts give the third."""


class SaleBulkIn(SourcedSerializer):
    """Up to 1,000 sales of one source; each is taken or refused by itself."""

    items = SaleItem(many=True, min_length=1, max_length=MAX_BULK)


class InteractionItem(ItemSerializer):
    """A call, message or other touch. A field left out or null stays as it is."""

    customer_external_id = Text(required=False, allow_null=True, max_length=120,
                                help_text=_("Required for a new interaction."))  # fmt: skip
    customer_source = Text(required=False, allow_null=True, max_length=60,
                           help_text=_("Where this id is from, if not from `source`."))  # fmt: skip
    kind = serializers.ChoiceField(
        choices=Interaction.Kind.choices, required=False, allow_null=True,
        help_text=_("Required for a new interaction."),
    )  # fmt: skip
    channel = serializers.ChoiceField(
        choices=Interaction.Channel.choices, required=False, allow_null=True,
        help_text=_("Required for a new interaction."),
    )  # fmt: skip
    direction = serializers.ChoiceField(
        choices=Interaction.Direction.choices, required=False, allow_null=True,
        help_text=_("in: from the customer, as it is if left out; out: from the clinic."),
    )  # fmt: skip
    occurred_at = Instant(required=False, allow_null=True,
                          help_text=_("Required for a new interaction."))  # fmt: skip
    summary = _optional(2_000, _("What it was about, in a sentence."))
    by = _optional(254, _("Display name or e-mail of a member."))

    def record(self, data: dict) -> InteractionRecord:
        return InteractionRecord(**_without_source(data))


class InteractionIn(SourcedSerializer, InteractionItem):
    """A call, message or other touch. A field left out or null stays as it is."""


class InteractionBulkIn(SourcedSerializer):
    """Up to 1,000 interactions of one source; each is taken or refused by itself."""

    items = InteractionItem(many=True, min_length=1, max_length=MAX_BULK)


def _without_source(data: dict) -> dict:
    """What the record itself says."""
    return {name: value for name, value in data.items() if name not in {"source", "version"}}


def _tuple(values: list | None, make=lambda value: value) -> tuple | None:
    return None if values is None else tuple(make(value) for value in values)


def _identity(pair: dict) -> tuple[str, str]:
    return pair["source"], pair["external_id"]


def _consent(said: dict) -> ConsentRecord:
    return ConsentRecord(**said)
