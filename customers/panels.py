"""Where apps above put their part into a customer's pages: registered in `AppConfig.ready()`.

    register_part(ProfilePart("loyalty", loyalty_of, {
        "badge": "loyalty/_tier_badge.html",   # beside the name: a c-badge or nothing
        "who": "loyalty/_card_facts.html",     # below the contacts, left
        "now": "loyalty/_points_card.html",    # a c-card on the right
    }))
    register_column(ListColumn("tier", _("Tier"), "loyalty/_tier_cell.html", tiers_of))

One part may fill several slots, so its facts are read once. Its template finds what `context` gave
as `part`, the profile as `profile`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from customers.queries.listing import CustomerRow
from customers.queries.profile import Profile

Text = str | Promise
SLOTS = ("badge", "who", "now")


@dataclass(frozen=True)
class ProfilePart:
    """context: profile → what the templates show, or None for nothing; at most two queries.

    templates: slot → template. order: smaller stands first. capability: only for those who have it.
    """

    key: str
    context: Callable[[Profile], Mapping[str, Any] | None]
    templates: Mapping[str, str]
    order: int = 50
    capability: str = "customers.view"


@dataclass(frozen=True)
class ListColumn:
    """A column of the customers' list. cells: ids of one page → {id: what the template shows}.

    The template finds the cell as `cell` and is not drawn where there is none.
    """

    key: str
    label: Text
    template: str
    cells: Callable[[list[int]], Mapping[int, Any]]
    order: int = 50


@dataclass(frozen=True)
class Filled:
    """A part's template with its facts, ready to be included."""

    template: str
    part: Mapping[str, Any]


_parts: dict[str, ProfilePart] = {}
_columns: dict[str, ListColumn] = {}


def register_part(part: ProfilePart) -> None:
    """Add a part to the profile. Raises ValueError for a slot that is none."""
    if unknown := part.templates.keys() - set(SLOTS):
        raise ValueError(f"The profile has no slot {sorted(unknown)}; there are {SLOTS}.")
    _parts[part.key] = part


def register_column(column: ListColumn) -> None:
    """Add a column to the list; it stands between the name and what was spent."""
    _columns[column.key] = column


def columns() -> list[ListColumn]:
    return sorted(_columns.values(), key=lambda column: (column.order, column.key))


def lines_of(rows: list[CustomerRow]) -> dict[str, Any]:
    """What `customers/_table.html` draws: columns, and each row with its cells in their order."""
    ids = [row.customer.pk for row in rows]
    filled = [(column, column.cells(ids) if ids else {}) for column in columns()]
    return {
        "columns": [column for column, _cells in filled],
        "lines": [
            (row, [(column, cells.get(row.customer.pk)) for column, cells in filled])
            for row in rows
        ],
    }


def parts_of(profile: Profile, capabilities: frozenset[str]) -> dict[str, list[Filled]]:
    """{slot: filled templates in order}; every slot is there, perhaps empty."""
    slots: dict[str, list[Filled]] = {slot: [] for slot in SLOTS}
    for part in sorted(_parts.values(), key=lambda part: (part.order, part.key)):
        facts = part.context(profile) if part.capability in capabilities else None
        if facts is None:
            continue
        for slot, template in part.templates.items():
            slots[slot].append(Filled(template, facts))
    return slots
