"""Values of a clinic's own fields: checked here for the page, the API and imports alike."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Customer, CustomField
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused
from tenancy.exceptions import DomainError
from tenancy.models import Clinic

LONGEST_TEXT = 500
LARGEST_NUMBER = 10**15
FIRST_YEAR, LAST_YEAR = 1900, 2200
YES = frozenset({"yes", "true", "1", "y", "是", "有"})
NO = frozenset({"no", "false", "0", "n", "否", "无"})
Value = str | int | float | bool


class CustomValuesRefused(DomainError):
    """errors: key of the field → what is wrong with its value and what to send."""

    code = "custom_values_refused"

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{key}: {message}" for key, message in errors.items()))
        self.errors = dict(errors)


def clean_custom_values(_clinic: Clinic, values: Mapping[str, Any]) -> dict[str, Value | None]:
    """{key: value as it is stored}, None where a value is to be cleared (None or "" was sent).

    In the clinic's open scope. A number may come as text, a day as ISO text or date, yes or no as
    bool or word. Raises CustomValuesRefused naming every value that cannot be taken.
    """
    return clean_with(fields_by_key(), values)


def fields_by_key() -> dict[str, CustomField]:
    """The fields in use."""
    return {field.key: field for field in CustomField.objects.filter(is_active=True)}


def clean_with(
    fields: Mapping[str, CustomField], values: Mapping[str, Any]
) -> dict[str, Value | None]:
    """The same for many customers, with the fields read once."""
    cleaned: dict[str, Value | None] = {}
    errors: dict[str, str] = {}
    for key, value in values.items():
        try:
            if key not in fields:
                raise ValueError(_("There is no such field. The clinic's settings list them."))
            cleaned[key] = clean_value(fields[key], value)
        except ValueError as refusal:
            errors[str(key)[:40]] = str(refusal)
    if errors:
        raise CustomValuesRefused(errors)
    return cleaned


def clean_value(field: CustomField, value: Any) -> Value | None:
    """One value as it is stored; None for none. Raises ValueError in words."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _CLEANERS[CustomField.Kind(field.kind)](field, value)


def with_values(
    current: Mapping[str, Any], cleaned: Mapping[str, Value | None]
) -> dict[str, Value]:
    """What `Customer.custom` becomes; keys that were not said stay."""
    return {key: value for key, value in {**current, **cleaned}.items() if value is not None}


def _text(_field: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(_("Send a text."))
    try:
        text = cleaning.text(_TEXT_COLUMN, value)
    except Refused as refusal:
        raise ValueError(refusal.message) from None
    if len(text) > LONGEST_TEXT:
        raise ValueError(_("The text is longer than %(n)s characters.") % {"n": LONGEST_TEXT})
    return text


def _number(_field: CustomField, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(_not_a_number())
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(_not_a_number()) from None
    if not number.is_finite():
        raise ValueError(_not_a_number())
    if abs(number) > LARGEST_NUMBER:
        raise ValueError(_("The number is too large."))
    return int(number) if number == number.to_integral_value() else float(number)


def _not_a_number() -> str:
    return _("This is no number. Write it with digits, such as 12.5.")


def _day(_field: CustomField, value: Any) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(_("This is no date. Write it as 2026-05-31.")) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        years = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise ValueError(_("The year must lie between %(first)s and %(last)s.") % years)
    return day.strftime("%Y-%m-%d")


def _choice(field: CustomField, value: Any) -> str:
    text = str(value).strip()
    if text in field.choices:
        return text
    message = _("«%(value)s» is none of the choices: %(allowed)s.")
    raise ValueError(message % {"value": text[:40], "allowed": ", ".join(field.choices)})


def _yes_no(_field: CustomField, value: Any) -> bool:
    word = str(value).strip().casefold()
    if word in YES or word in NO:
        return word in YES
    raise ValueError(_("Send yes or no."))


_TEXT_COLUMN = Customer._meta.get_field("notes")
_CLEANERS: dict[CustomField.Kind, Callable[[CustomField, Any], Value]] = {
    CustomField.Kind.TEXT: _text,
    CustomField.Kind.NUMBER: _number,
    CustomField.Kind.DATE: _day,
    CustomField.Kind.CHOICE: _choice,
    CustomField.Kind.YES_NO: _yes_no,
}
