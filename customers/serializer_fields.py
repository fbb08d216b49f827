"""Fields of the booking API that hold more than one type."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenancy.strict_fields import Instant

MAX_OWN = 50
LARGEST_VERSION = Decimal(10) ** 17
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@extend_schema_field(
    {
        "anyOf": [
            {"type": "number", "minimum": -(10**17), "maximum": 10**17},
            {"type": "string", "format": "date-time"},
        ]
    }
)
class Version(serializers.Field):
    """Which of two upserts of one record is newer: a number, or the time of the change.

    Read as webhooks are: a time counts as its Unix seconds.
    """

    default_error_messages = {
        "invalid": _("Send a number, or a time such as 2026-05-01T14:30:00+08:00.")
    }

    def __init__(self, **kwargs: Any) -> None:
        about = _(
            "Your number or time of this change; larger is newer. An older one than we have "
            "changes nothing, an equal one is taken again. Without it the request counts as newest."
        )
        super().__init__(help_text=about, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str):
            return _seconds(Instant().run_validation(data))
        if isinstance(data, bool) or not isinstance(data, int | float | Decimal):
            self.fail("invalid")
        number = Decimal(str(data))
        if abs(number) > LARGEST_VERSION:
            self.fail("invalid")
        return round(number, 9)

    def to_representation(self, value: Decimal) -> str:
        return str(value)


def _seconds(at: datetime) -> Decimal:
    """Unix seconds to the microsecond, without the rounding of a float."""
    passed = at - _EPOCH
    return Decimal(passed.days * 86_400 + passed.seconds) + Decimal(passed.microseconds).scaleb(-6)


_OWN_VALUES = {
    "type": "object",
    "maxProperties": MAX_OWN,
    "additionalProperties": {
        "anyOf": [{"type": "string", "nullable": True}, {"type": "number"}, {"type": "boolean"}]
    },
}


@extend_schema_field(_OWN_VALUES)
class OwnValues(serializers.Field):
    """The clinic's own fields by their keys; which there are and of which type, the clinic knows.

    Only the shape is checked here: whether a value fits its field stands in `custom_values`.
    """

    default_error_messages = {
        "invalid": _("Send an object: the key of an own field, and its value."),
        "max_length": _("Send at most %(n)s own fields.") % {"n": MAX_OWN},
        "value": _("Send a text, a number, true, false or null."),
    }

    def __init__(self, **kwargs: Any) -> None:
        about = _("The clinic's own fields by key. A key left out stays; null clears it.")
        super().__init__(help_text=about, **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(data) > MAX_OWN:
            self.fail("max_length")
        for key, value in data.items():
            if not (value is None or isinstance(value, str | int | float)):
                error = serializers.ErrorDetail(self.error_messages["value"], "invalid")
                raise serializers.ValidationError({key[:40]: [error]})
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value
