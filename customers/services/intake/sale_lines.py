"""The lines of sales: treatments and products, compared with what stands and replaced where new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from django.utils.translation import gettext as _

from customers.models import SaleLine
from customers.services.array_texts import elements, whole
from customers.services.bulk_rows import insert_columns
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused
from customers.services.intake.catalogue import Catalogue
from customers.services.intake.records import LineColumns, LineRecord

MAX_LINES = 5_000  # a month of a shop on one invoice has a thousand; the API takes fewer
MAX_REMEMBERED = 20_000  # things named; a file has one catalogue from its first row to its last
MAX_QUANTITY = Decimal(10) ** 10
_CODE = SaleLine._meta.get_field("item_code")
_NAME = SaleLine._meta.get_field("item_name")
_ITEM = ("treatment_id", "item_code", "item_name")
_WRITTEN = (*_ITEM, "quantity", "net_minor", "cost_minor")
_NULLS = "NUL, "  # what a column of nothing is written with


Item = tuple[int | None, str, str]  # treatment or None, code, name as they are kept


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one sale in their order, column by column: big files bring a great many.

    texts: of new ones, each column as the piece of an array that is sent to Postgres.
    """

    items: tuple[Item, ...] = ()
    quantities: tuple[Decimal, ...] = ()
    nets_minor: tuple[int, ...] = ()
    costs_minor: tuple[int | None, ...] = ()
    texts: dict[str, str] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def net_minor(self) -> int:
        return sum(self.nets_minor)

    def names(self, n: int) -> list[str]:
        """What the first n lines are called."""
        return [name or code for _treatment, code, name in self.items[:n]]


NO_LINES = Lines()


def lines_of(said: Sequence[LineRecord] | LineColumns | Lines, catalogue: Catalogue) -> Lines:
    """The lines in their order, treatments looked up. Raises Refused."""
    if isinstance(said, Lines):
        return said
    if not said:
        return NO_LINES
    if len(said) > MAX_LINES:
        raise Refused("lines", "too_many", _("A sale has at most %(n)s lines.") % {"n": MAX_LINES})
    columns = said if isinstance(said, LineColumns) else LineColumns.of(said)
    nets, costs = tuple(columns.nets_minor), tuple(columns.costs_minor)
    for amount in {min(nets), max(nets), *costs}:
        if amount is not None:
            cleaning.amount("lines", amount)
    for quantity in set(columns.quantities):
        _check_quantity(quantity)
    known = catalogue.items
    named = zip(columns.item_codes, columns.item_names, strict=True)
    items = [known.get(words) or _item(*words, catalogue) for words in named]
    quantities = tuple(columns.quantities)
    written = map(elements, (*zip(*items, strict=True), quantities, nets, costs))
    return Lines(tuple(items), quantities, nets, costs, dict(zip(_WRITTEN, written, strict=True)))


def _item(code: str, name: str, catalogue: Catalogue) -> Item:
    """(treatment or None, code, name) as they are kept; a batch names few things many times."""
    clean_code, clean_name = cleaning.text(_CODE, code), cleaning.text(_NAME, name)
    found = catalogue.treatment(clean_code, clean_name) if clean_code or clean_name else None
    item = (
        found.pk if found else None,
        clean_code,
        clean_name or (found.name if found else ""),
    )
    if len(catalogue.items) >= MAX_REMEMBERED:
        catalogue.items.clear()
    catalogue.items[code, name] = item
    return item


def _check_quantity(value: Decimal) -> None:
    if _is_in_thousandths(value):
        return
    raise Refused(
        "lines",
        "quantity_invalid",
        _("A quantity has at most three decimals and ten digits before them."),
    )


@lru_cache(maxsize=1_000)
def _is_in_thousandths(value: Decimal) -> bool:
    """Whether it can be kept as it is. Few quantities are sold many times."""
    return value.is_finite() and abs(value) < MAX_QUANTITY and value == round(value, 3)


def lines_as_they_stand(sale_ids: Iterable[int]) -> dict[int, Lines]:
    """sale → its lines in their order."""
    rows = SaleLine.objects.filter(sale_id__among=sale_ids).order_by("sale_id", "line_no", "pk")
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
        SaleLine.objects.filter(sale_id__among=outdated).delete()
    written = {sale_id: many for sale_id, many in lines.items() if many}
    if not written:
        return
    texts: dict[str, list[str]] = {
        "sale_id": [",".join([str(sale_id)] * len(many)) for sale_id, many in written.items()],
        "line_no": [_numbers(len(many)) for many in written.values()],
    }
    for name in _WRITTEN:
        pieces = [many.texts[name] for many in written.values()]
        if any(piece.strip(_NULLS) for piece in pieces):
            texts[name] = pieces
    insert_columns(SaleLine, {name: whole(pieces) for name, pieces in texts.items()})


@lru_cache(maxsize=1_000)
def _numbers(n: int) -> str:
    return elements(range(1, n + 1))
