"""An event to records of ours, by the mapping of its source. Reads only; nothing is looked up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError

from customers.services.inbound.fields import BY_NAME, IGNORE
from customers.services.inbound.mapping import Mapping
from customers.services.inbound.paths import find
from customers.services.inbound.values import Reader, ValueRefused, iso_instant, number
from customers.services.intake import (
    AppointmentRecord,
    ConsentRecord,
    CustomerRecord,
    LineRecord,
    SaleRecord,
)
from customers.services.interactions import InteractionRecord
from tenancy.models import Clinic
from tenancy.strict_json import parse_text

MAX_ITEMS = 1000
MAX_LINES = 500
_WHOLE_EVENT = "^."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IDENTITIES = ("wechat", "card")
_CONSENTS = ("email", "sms", "phone", "wechat")
_RECORDS = {
    "customer": CustomerRecord,
    "appointment": AppointmentRecord,
    "sale": SaleRecord,
    "interaction": InteractionRecord,
}

Record = CustomerRecord | AppointmentRecord | SaleRecord | InteractionRecord


class Unreadable(Exception):
    """The event cannot be read: it is parked, or the trial shows why."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.message, self.field = code, message, field


@dataclass(frozen=True, slots=True)
class Reading:
    """One object of an event. version: which of two events of it is newer; larger is."""

    kind: str
    external_id: str
    version: Decimal
    record: Record


def read_event(
    body: bytes, *, mapping: Mapping, clinic: Clinic, received_at: datetime
) -> list[Reading]:
    """Everything the event tells; [] when it is of a kind to be ignored. Raises Unreadable."""
    event = parse_body(body)
    reader = Reader(clinic.zone, clinic.currency, mapping.times, mapping.amounts)
    readings = []
    for item in _items(event, mapping):
        place = _Place(event, item, mapping, reader)
        if (kind := place.kind()) != IGNORE:
            readings.append(place.reading(kind, received_at))
    return readings


def parse_body(body: bytes) -> Any:
    try:
        return parse_text(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("not_utf8", _("The body is not UTF-8.")) from None
    except ParseError as error:
        raise Unreadable("not_json", str(error.detail)) from None


def _items(event: Any, mapping: Mapping) -> list[Any]:
    if not mapping.items_at:
        return [event]
    items = find(event, mapping.items_at)
    if not isinstance(items, list):
        message = _("At «%(path)s» stands no list.") % {"path": mapping.items_at}
        raise Unreadable("no_list", message, "items_at")
    if len(items) > MAX_ITEMS:
        message = _("The list is longer than %(n)s. Send it in parts.") % {"n": MAX_ITEMS}
        raise Unreadable("too_many", message, "items_at")
    return items


@dataclass(frozen=True)
class _Place:
    """One object of an event, and how to read it."""

    event: Any
    item: Any
    mapping: Mapping
    reader: Reader

    def at(self, path: str) -> Any:
        if path.startswith(_WHOLE_EVENT):
            return find(self.event, path.removeprefix(_WHOLE_EVENT))
        return find(self.item, path)

    def kind(self) -> str:
        """Our kind of this object. Raises Unreadable for one the mapping does not know."""
        value = self.at(self.mapping.kind_at) if self.mapping.kind_at else ""
        word = value if isinstance(value, str) else "" if value is None else str(value)[:80]
        kind = self.mapping.kind_of(word)
        if kind is None:
            message = _("The kind «%(word)s» at «%(path)s» is not in the mapping.")
            named = {"word": word[:80], "path": self.mapping.kind_at}
            raise Unreadable("unknown_kind", message % named, "kind")
        return kind

    def reading(self, kind: str, received_at: datetime) -> Reading:
        said = dict(self._fields(kind))
        external_id = (said.pop("external_id", None) or "").strip()
        if not external_id:
            message = _("The record has no id. Say in the mapping where it stands.")
            raise Unreadable("required", message, "external_id")
        if kind == "customer":
            _take_identities(said)
            _take_consents(said)
        if kind == "sale" and (path := self.mapping.fields[kind].get("lines")):
            said["lines"] = self._lines(path)
        record = _RECORDS[kind](external_id=external_id, **said)
        return Reading(kind, external_id, self._version(received_at), record)

    def _fields(self, kind: str) -> Iterator[tuple[str, Any]]:
        for name, path in self.mapping.fields.get(kind, {}).items():
            if path and name != "lines" and not name.startswith("lines."):
                yield name, self._value(kind, name, self.at(path), name)

    def _value(self, kind: str, name: str, value: Any, shown_as: str) -> Any:
        words = self.mapping.words.get(kind, {}).get(name, {})
        try:
            return self.reader.read(BY_NAME[kind][name], value, words)
        except ValueRefused as refused:
            raise Unreadable(refused.code, refused.message, shown_as) from None

    def _lines(self, path: str) -> tuple[LineRecord, ...] | None:
        items = self.at(path)
        if items is None:
            return None
        if not isinstance(items, list) or len(items) > MAX_LINES:
            message = _("At «%(path)s» stands no list of lines.") % {"path": path}
            raise Unreadable("no_list", message, "lines")
        return tuple(self._line(number, item) for number, item in enumerate(items))

    def _line(self, position: int, item: Any) -> LineRecord:
        said = {}
        for name, path in self.mapping.fields["sale"].items():
            if path and name.startswith("lines."):
                short = name.removeprefix("lines.")
                value = self._value("sale", name, find(item, path), f"lines.{position}.{short}")
                if value is not None:
                    said[short] = value
        if "net_minor" not in said:
            message = _("The line has no net amount.")
            raise Unreadable("required", message, f"lines.{position}.net_minor")
        return LineRecord(**said)

    def _version(self, received_at: datetime) -> Decimal:
        """A number as it is, a time as Unix seconds; without a place for it, when it came."""
        if not self.mapping.version_at:
            return _seconds(received_at)
        value = self.at(self.mapping.version_at)
        if value is None or value == "":
            message = _("Nothing stands at «%(path)s», which decides what is newer.")
            path = {"path": self.mapping.version_at}
            raise Unreadable("no_version", message % path, "version")
        try:
            return number(value)
        except ValueRefused:
            pass
        try:
            return _seconds(iso_instant(str(value), zone=self.reader.zone))
        except ValueRefused:
            message = _(
                "«%(text)s» is neither a number nor a time, so we cannot tell what is newer."
            )
            raise Unreadable("no_version", message % {"text": str(value)[:40]}, "version") from None


def _seconds(at: datetime) -> Decimal:
    """Unix seconds to the microsecond, without the rounding of a float."""
    return Decimal((at - _EPOCH) // timedelta(microseconds=1)).scaleb(-6)


def _take_identities(said: dict[str, Any]) -> None:
    found = tuple((name, value) for name in _IDENTITIES if (value := said.pop(name, None)))
    if found:
        said["identities"] = found


def _take_consents(said: dict[str, Any]) -> None:
    found = tuple(
        ConsentRecord("marketing", channel, is_given)
        for channel in _CONSENTS
        if (is_given := said.pop(f"marketing_{channel}", None)) is not None
    )
    if found:
        said["consents"] = found
