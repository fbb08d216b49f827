"""The lines of sales: treatments and products, compared with what stands and replaced where new."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
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
    lines = []
    for net, code, name, quantity, cost in records:
        cleaning.amount("lines", net)
        if cost is not None:
            cleaning.amount("lines", cost)
        item = catalogue.items.get((code, name)) or _item(code, name, catalogue)
        lines.append(Line(*item, _quantity(quantity), net, cost))
    return tuple(lines)


def _item(code: str, name: str, catalogue: Catalogue) -> tuple[int | None, str, str]:
    """(treatment or None, code, name) as they are kept; a batch names few things many times."""
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
    if value.is_finite() and (kept := _in_thousandths(value)) is not None:
        return kept
    raise Refused(
        "lines",
        "quantity_invalid",
        _("A quantity has at most three decimals and ten digits before them."),
    )


@lru_cache(maxsize=1_000)
def _in_thousandths(value: Decimal) -> Decimal | None:
    """As it is kept; None for one that does not fit. Few quantities are sold many times."""
    fits = abs(value) < MAX_QUANTITY and value == round(value, 3)
    return value.quantize(_THOUSANDTH) if fits else None


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
    columns = list(zip(*chain.from_iterable(lines.values()), strict=True))
    if columns:
        numbers = {
            "sale_id": [sale_id for sale_id, many in lines.items() for _line in many],
            "line_no": [n for many in lines.values() for n in range(1, len(many) + 1)],
        }
        insert_columns(SaleLine, numbers | dict(zip(Line._fields, columns, strict=True)))
