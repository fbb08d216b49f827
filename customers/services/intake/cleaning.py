"""Single values of a record on their way into a column: trimmed, checked, or refused in words."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from django.db import models
from django.utils.translation import gettext as _

from customers.files.cells.phones import read_phones
from customers.files.cells.texts import read_email, refuse_no_text
from customers.files.refusals import CellRefused
from customers.services.intake.batch import Refused

CLOCK_TOLERANCE = timedelta(days=1)  # a till's clock may be wrong, and zones are
MAX_AMOUNT_MINOR = 10**15
FIRST_YEAR, LAST_YEAR = 1900, 2200


def text(field: models.Field, value: str) -> str:
    """A text trimmed; refused where it does not fit its column or is no text."""
    cleaned = value.strip()
    try:
        if not cleaned.isascii() or "\0" in cleaned:
            refuse_no_text(cleaned)
    except CellRefused as refusal:
        raise Refused(field.name, refusal.code, refusal.message) from None
    limit = field.max_length or 10_000
    if len(cleaned) > limit:
        raise Refused(
            field.name, "too_long", _("The text is longer than %(n)s characters.") % {"n": limit}
        )
    return cleaned


def choice(field: models.Field, value: str) -> str:
    """One of the field's values, or "" where the field may be blank."""
    allowed = [key for key, _label in field.flatchoices]
    if value in allowed or (value == "" and field.blank):
        return value
    raise Refused(
        field.name,
        "unknown_choice",
        _("«%(value)s» is unknown here. Send one of: %(allowed)s.")
        % {"value": value[:40], "allowed": ", ".join(allowed)},
    )


def zone(name: str) -> None:
    """Refuses what is no time zone."""
    if name not in available_timezones():
        message = _("«%(name)s» is no time zone. Send a name such as Asia/Shanghai.")
        raise Refused("zone", "unknown_zone", message % {"name": name[:40]})


def phones(texts: Iterable[str], *, country: str) -> list[str]:
    """E.164, each once, in the order given. country: where numbers without a code are at home."""
    found: dict[str, None] = {}
    for written in texts:
        try:
            for phone in read_phones(written, region=country).value or ():
                found[phone.e164] = None
        except CellRefused as refusal:
            raise Refused("phones", refusal.code, refusal.message) from None
    return list(found)


def emails(texts: Iterable[str]) -> list[str]:
    """Addresses with a lower-case domain, each once, in the order given."""
    found: dict[str, None] = {}
    for written in texts:
        try:
            address = read_email(written).value
        except CellRefused as refusal:
            raise Refused("emails", refusal.code, refusal.message) from None
        if address:
            found[address] = None
    return list(found)


def day(field: str, value: date, *, today: date) -> date:
    """A day that is over or today, and within living memory."""
    if value.year < FIRST_YEAR:
        raise _out_of_time(field)
    if value > today:
        raise Refused(field, "in_future", _("This lies in the future. Correct the date."))
    return value


def instant(field: str, value: datetime) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        raise Refused(field, "no_offset", _("The time lacks its offset, such as +08:00 or Z."))
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise _out_of_time(field)
    return value


def _out_of_time(field: str) -> Refused:
    years = {"first": FIRST_YEAR, "last": LAST_YEAR}
    message = _("The year must lie between %(first)s and %(last)s. Correct the date.") % years
    return Refused(field, "out_of_range", message)


def not_in_future(field: str, value: datetime, *, at: datetime) -> datetime:
    """A fact cannot lie ahead of us."""
    if instant(field, value) > at + CLOCK_TOLERANCE:
        raise Refused(field, "in_future", _("This lies in the future. Correct the date."))
    return value


def amount(field: str, value: int) -> int:
    if abs(value) > MAX_AMOUNT_MINOR:
        raise Refused(field, "too_large", _("The amount is too large. Send it in minor units."))
    return value
