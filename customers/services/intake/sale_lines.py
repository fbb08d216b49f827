"""The lines of sales: treatments and products, compared with what stands and replaced where new."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from customers.models import SaleLine
from customers.services.bulk_rows import insert_columns
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused
from customers.services.intake.catalogue import Catalogue
from customers.services.intake.records import LineRecord

MAX_LINES = 5_000  # a month of a shop on one invoice has a thousand; the API takes fewer
MAX_QUANTITY = Decimal(10) ** 10
_CODE = SaleLine._meta.get_field("item_code")
_NAME = SaleLine._meta.get_field("item_name")
_THOUSANDTH = Decimal("0.001")
_ONE = Decimal("1.000")


class Line(NamedTuple):
    """A line as it is kept."""

    treatment_id: int | None
    item_code: str
    item_name: str
    quantity: Decimal
    net_minor: int
    cost_minor: int | None


def lines_of(records: Sequence[LineRecord], catalogue: Catalogue) -> tuple[Line, ...]:
    """The lines in their order, treatments looked up. Raises Refused."""
    if len(records) > MAX_LINES:
        raise Refused("lines", "too_many", _("A sale has at most %(n)s lines.") % {"n": MAX_LINES})
    return tuple(_line(record, catalogue) for record in records)


def _line(record: LineRecord, catalogue: Catalogue) -> Line:
    cleaning.amount("lines", record.net_minor)
    if record.cost_minor is not None:
        cleaning.amount("lines", record.cost_minor)
    item = _item(record.item_code, record.item_name, catalogue)
    return Line(*item, _quantity(record.quantity), record.net_minor, record.cost_minor)


def _item(code: str, name: str, catalogue: Catalogue) -> tuple[int | None, str, str]:
    """(treatment or None, code, name) as they are kept; a batch names few things many times."""
    if (code, name) in catalogue.items:
        return catalogue.items[code, name]
    clean_code, clean_name = cleaning.text(_CODE, code), cleaning.text(_NAME, name)
    found = catalogue.treatment(clean_code, clean_name) if clean_code or clean_name else None
    item = (
        found.pk if found else None,
        clean_code,
        clean_name or (found.name if found else ""),
    )
    catalogue.items[code, name] = item
    return item


def _quantity(value: Decimal) -> Decimal:
    if value == _ONE:
        return _ONE
    if value.is_finite() and abs(value) < MAX_QUANTITY and value == round(value, 3):
        return value.quantize(_THOUSANDTH)
    raise Refused(
        "lines",
        "quantity_invalid",
        _("A quantity has at most three decimals and ten digits before them."),
    )


def lines_as_they_stand(sale_ids: Iterable[int]) -> dict[int, tuple[Line, ...]]:
    """sale → its lines in their order."""
    found: dict[int, list[Line]] = defaultdict(list)
    rows = SaleLine.objects.filter(sale_id__in=list(sale_ids)).order_by("sale_id", "line_no", "pk")
    for sale_id, *values in rows.values_list("sale_id", *Line._fields):
        found[sale_id].append(Line(*values))
    return {sale_id: tuple(lines) for sale_id, lines in found.items()}


def replace_lines(lines: dict[int, tuple[Line, ...]], *, outdated: Iterable[int]) -> None:
    """Write these sales' lines; those of `outdated` sales are removed first."""
    outdated = list(outdated)
    if outdated:
        SaleLine.objects.filter(sale_id__in=outdated).delete()
    rows = [
        (sale_id, number, *line)
        for sale_id, many in lines.items()
        for number, line in enumerate(many, start=1)
    ]
    if rows:
        columns = zip(*rows, strict=True)
        names = ("sale_id", "line_no", *Line._fields)
        insert_columns(SaleLine, dict(zip(names, columns, strict=True)))
