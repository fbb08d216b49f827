"""Whose value stands, field by field: what somebody chose, else the one that says more."""

from collections.abc import Mapping
from typing import Any, Literal

from customers.models import Customer
from customers.services.merging.journal import Journal
from customers.services.raw_rows import raw_rows

Side = Literal["survivor", "merged"]
Choices = Mapping[str, Side]

# Column → the form's name of it. What is not here follows from the rows or is joined below.
FIELDS = {
    "name": "name", "gender": "gender", "birth_on": "birth_on", "occupation": "occupation",
    "education": "education", "city": "city", "district": "district", "address": "address",
    "language": "language", "acquisition_source": "acquisition_source",
    "home_branch": "home_branch_id", "consultant": "consultant_id", "referrer": "referrer_id",
    "hobbies": "hobbies", "died_on": "died_on", "zone": "zone",
}  # fmt: skip
_BLANK = (None, "")


def apply_choices(journal: Journal, *, survivor_id: int, merged_id: int, choices: Choices) -> None:
    """Write onto the survivor what stands."""
    survivor, merged = raw_rows(Customer, [survivor_id])[0], raw_rows(Customer, [merged_id])[0]
    values = {
        column: _standing(survivor[column], merged[column], choices.get(name))
        for name, column in FIELDS.items()
    }
    if values["referrer_id"] in (survivor_id, merged_id):  # nobody referred themselves
        values["referrer_id"] = None
    values["notes"] = joined(survivor["notes"], merged["notes"])
    values["custom"] = {**merged["custom"], **survivor["custom"]}
    values["known_since_on"] = min(survivor["known_since_on"], merged["known_since_on"])
    days = [day for day in (survivor["last_visit_on"], merged["last_visit_on"]) if day]
    values["last_visit_on"] = max(days, default=None)
    journal.change(Customer, survivor_id, values)


def _standing(survivor: Any, merged: Any, choice: Side | None) -> Any:
    if choice == "merged":
        return merged
    return merged if survivor in _BLANK and choice is None else survivor


def joined(one: str, other: str) -> str:
    """Both texts, unless one says what the other does."""
    if not other.strip() or other.strip() in one:
        return one
    return f"{one.rstrip()}\n\n{other}" if one.strip() and one.strip() not in other else other
