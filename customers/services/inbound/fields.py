"""What of a customer, an appointment, a sale or a touch an event may tell us, and how."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Appointment, Customer, Interaction, Sale

Kind = Literal["customer", "appointment", "sale", "interaction"]
Shape = Literal["text", "texts", "day", "time", "amount", "whole", "quantity", "word", "yes_no"]
KINDS: dict[str, Promise] = {
    "customer": _("Customer"),
    "appointment": _("Appointment"),
    "sale": _("Sale or refund"),
    "interaction": _("Call, message or other touch"),
}
IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Field:
    """words: what a «word» field may be, ours; the mapping translates theirs."""

    name: str
    label: Promise
    shape: Shape = "text"
    words: tuple[str, ...] = ()


def _words(model, name: str) -> tuple[str, ...]:
    return tuple(key for key, _label in model._meta.get_field(name).flatchoices)


_WHO = (
    Field("customer_external_id", _("Customer, their id")),
    Field("branch", _("Branch, code or name")),
    Field("consultant", _("Consultant, name or e-mail")),
)
FIELDS: dict[str, tuple[Field, ...]] = {
    "customer": (
        Field("external_id", _("Their id")),
        Field("name", _("Name")),
        Field("phones", _("Phones"), "texts"),
        Field("emails", _("E-mail addresses"), "texts"),
        Field("gender", _("Gender"), "word", _words(Customer, "gender")),
        Field("birth_on", _("Date of birth"), "day"),
        Field("died_on", _("Date of death"), "day"),
        Field("language", _("Language")),
        Field("zone", _("Time zone")),
        Field("city", _("City")),
        Field("district", _("District")),
        Field("address", _("Address")),
        Field("occupation", _("Occupation")),
        Field("education", _("Education")),
        Field("acquisition_source", _("How they came to the clinic")),
        Field("home_branch", _("Branch, code or name")),
        Field("consultant", _("Consultant, name or e-mail")),
        Field("referrer_external_id", _("Referred by, their id")),
        Field("known_since_on", _("Customer since"), "day"),
        Field("notes", _("Notes")),
        Field("tags", _("Tags"), "texts"),
        Field("wechat", _("WeChat id")),
        Field("card", _("Card number")),
        Field("marketing_email", _("Marketing by e-mail allowed"), "yes_no"),
        Field("marketing_sms", _("Marketing by SMS allowed"), "yes_no"),
        Field("marketing_phone", _("Marketing by phone allowed"), "yes_no"),
        Field("marketing_wechat", _("Marketing by WeChat allowed"), "yes_no"),
    ),
    "appointment": (
        Field("external_id", _("Their id")),
        *_WHO,
        Field("starts_at", _("Starts"), "time"),
        Field("ends_at", _("Ends"), "time"),
        Field("status", _("Status"), "word", _words(Appointment, "status")),
        Field("treatment", _("Treatment, code or name")),
        Field("waiting_minutes", _("Waited, minutes"), "whole"),
    ),
    "sale": (
        Field("external_id", _("Their id")),
        *_WHO,
        Field("customer_phone", _("Customer's phone, where there is no id")),
        Field("occurred_at", _("When"), "time"),
        Field("kind", _("Sale or refund"), "word", _words(Sale, "kind")),
        Field("refund_of", _("Refund of, their id")),
        Field("net_minor", _("Net amount"), "amount"),
        Field("gross_minor", _("Gross amount"), "amount"),
        Field("discount_minor", _("Discount"), "amount"),
        Field("currency", _("Currency")),
        Field("lines", _("Lines: where the list is")),
        Field("lines.item_code", _("Line: code")),
        Field("lines.item_name", _("Line: name")),
        Field("lines.quantity", _("Line: quantity"), "quantity"),
        Field("lines.net_minor", _("Line: net amount"), "amount"),
        Field("lines.cost_minor", _("Line: cost"), "amount"),
    ),
    "interaction": (
        Field("external_id", _("Their id")),
        Field("customer_external_id", _("Customer, their id")),
        Field("kind", _("Kind of touch"), "word", _words(Interaction, "kind")),
        Field("channel", _("Channel"), "word", _words(Interaction, "channel")),
        Field("direction", _("Direction"), "word", _words(Interaction, "direction")),
        Field("occurred_at", _("When"), "time"),
        Field("summary", _("Summary")),
        Field("by", _("By whom, name or e-mail")),
    ),
}
BY_NAME: dict[str, dict[str, Field]] = {
    kind: {field.name: field for field in fields} for kind, fields in FIELDS.items()
}
