"""The lines of sales: treatments and products, compared with what stands and replaced where new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

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
_ITEM = ("treatment_id", "item_code", "item_name")


Item = tuple[int | None, str, str]  # treatment or None, code, name as they are kept


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one sale in their order, column by column: big files bring a great many."""

    items: tuple[Item, ...] = ()
    quantities: tuple[Decimal, ...] = ()
    nets_minor: tuple[int, ...] = ()
    costs_minor: tuple[int | None, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    @property
    def net_minor(self) -> int:
        return sum(self.nets_minor)

    def names(self, n: int) -> list[str]:
        """What the first n lines are called."""
        return [name or code for _treatment, code, name in self.items[:n]]


NO_LINES = Lines()


def lines_of(records: Sequence[LineRecord], catalogue: Catalogue) -> Lines:
    """The lines in their order, treatments looked up. Raises Refused."""
    if not records:
        return NO_LINES
    if len(records) > MAX_LINES:
        raise Refused("lines", "too_many", _("A sale has at most %(n)s lines.") % {"n": MAX_LINES})
    nets, codes, names, quantities, costs = zip(*records, strict=True)
    for amount in {min(nets), max(nets), *costs} - {None}:
        cleaning.amount("lines", amount)
    known = catalogue.items
    items = [known.get(said) or _item(*said, catalogue) for said in zip(codes, names, strict=True)]
    return Lines(tuple(items), tuple(map(_quantity, quantities)), nets, costs)


def _item(code: str, name: str, catalogue: Catalogue) -> Item:
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


def lines_as_they_stand(sale_ids: Iterable[int]) -> dict[int, Lines]:
    """sale → its lines in their order."""
    rows = SaleLine.objects.filter(sale_id__in=list(sale_ids)).order_by("sale_id", "line_no", "pk")
    columns = ("sale_id", *_ITEM, "quantity", "net_minor", "cost_minor")
    found = {}
    for sale_id, many in groupby(rows.values_list(*columns), key=itemgetter(0)):
        _sale, *item, quantities, nets, costs = zip(*many, strict=True)
        found[sale_id] = Lines(tuple(zip(*item, strict=True)), quantities, nets, costs)
    return found


def replace_lines(lines: dict[int, Lines], *, outdated: Iterable[int]) -> None:
    """Write these sales' lines; those of `outdated` sales are removed first."""
    outdated = list(outdated)
    if outdated:
        SaleLine.objects.filter(sale_id__in=outdated).delete()
    written = {sale_id: many for sale_id, many in lines.items() if many}
    if not written:
        return
    items = zip(*_joined(many.items for many in written.values()), strict=True)
    columns: dict[str, Sequence[Any]] = {
        "sale_id": [sale_id for sale_id, many in written.items() for _n in many.items],
        "line_no": [n for many in written.values() for n in range(1, len(many) + 1)],
        **dict(zip(_ITEM, items, strict=True)),
        "quantity": _joined(many.quantities for many in written.values()),
        "net_minor": _joined(many.nets_minor for many in written.values()),
        "cost_minor": _joined(many.costs_minor for many in written.values()),
    }
    insert_columns(SaleLine, columns)


def _joined(parts: Iterable[Sequence[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))
