"""Serializer fields that take a value only in the type the schema names, and refuse the rest.

DRF's own fields turn true into 1, 12 into "12" and a time without offset into ours; a booking
system that sends those has a mistake it should hear of.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_AMOUNT_MINOR = 10**15
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know, each by its name."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """What a body or a query says in this shape. Raises ValidationError naming the fields."""
        said = cls(data=data)
        said.is_valid(raise_exception=True)
        return said.validated_data

    def to_internal_value(self, data: Any) -> dict:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            message = _("There is no such field. Check its spelling against /api/docs/.")
            raise serializers.ValidationError(
                {name[:80]: [serializers.ErrorDetail(message, "unknown_field")] for name in unknown}
            )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    default_error_messages = {"invalid": _("Send a text, in quotation marks.")}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number, written without quotation marks."""

    default_error_messages = {"invalid": _("Send a whole number, without quotation marks.")}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Minor(Whole):
    """Money in minor units, such as 128000 for ¥1,280.00."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-MAX_AMOUNT_MINOR, max_value=MAX_AMOUNT_MINOR, **kwargs)


class YesNo(serializers.BooleanField):
    default_error_messages = {"invalid": _("Send true or false, without quotation marks.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.Field):
    """RFC 3339 with its offset, such as 2026-05-01T14:30:00+08:00."""

    default_error_messages = {
        "invalid": _("Send a time with its offset, such as 2026-05-01T14:30:00+08:00.")
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            instant = datetime.fromisoformat(data.upper())
        except ValueError:
            self.fail("invalid")
        try:
            return instant.astimezone(UTC)  # Postgres knows no offset of 16 hours and more
        except OverflowError:
            return instant  # beyond the calendar: refused by whoever knows which years are meant

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


@extend_schema_field(OpenApiTypes.DATE)
class Day(serializers.Field):
    """A calendar day, such as 1990-03-05."""

    default_error_messages = {"invalid": _("Send a day of the calendar, such as 1990-03-05.")}

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not _DAY.fullmatch(data):
            self.fail("invalid")
        try:
            return date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field({"type": "number", "minimum": -9_999_999_999, "maximum": 9_999_999_999})
class Quantity(serializers.Field):
    """A number with at most three decimals."""

    default_error_messages = {
        "invalid": _("Send a number without quotation marks, with at most three decimals.")
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        value = Decimal(str(data))
        if abs(value) > 9_999_999_999 or value != round(value, 3):
            self.fail("invalid")
        return value

    def to_representation(self, value: Decimal) -> float:
        return float(value)
