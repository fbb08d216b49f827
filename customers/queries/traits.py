"""What somebody leans to, from the treatments bought: care or surgery, basic or premium."""

from dataclasses import dataclass
from typing import Any

from customers.models import CustomerTrait, Treatment

CHOICES: dict[str, Any] = {
    CustomerTrait.Aspect.NATURE.value: Treatment.Nature,
    CustomerTrait.Aspect.LEVEL.value: Treatment.Level,
}


@dataclass(frozen=True)
class Leaning:
    """value: "" when nothing is known. is_said: by the staff, which wins over the purchases.

    n of n_all classed lines bought in two years point there. confidence, 0–1: the chance that the
    next one does too, by Laplace's rule, (n + 1) / (n_all + 2).
    """

    aspect: str
    value: str
    is_said: bool
    n: int
    n_all: int

    @property
    def confidence(self) -> float:
        return (self.n + 1) / (self.n_all + 2)

    @property
    def label(self) -> Any:
        return CHOICES[self.aspect](self.value).label if self.value else ""

    @property
    def aspect_label(self) -> Any:
        return CustomerTrait.Aspect(self.aspect).label


def leaning_of(rows: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[Leaning]:
    """One leaning an aspect. rows: lines counted by nature and level. said: by the staff."""
    by_hand = {row["aspect"]: row["value"] for row in said}
    return [_leaning(aspect, rows, by_hand.get(aspect, "")) for aspect in CHOICES]


def _leaning(aspect: str, rows: list[dict[str, Any]], by_hand: str) -> Leaning:
    counts = dict.fromkeys(CHOICES[aspect].values, 0)
    for row in rows:
        if row[aspect] in counts:
            counts[row[aspect]] += row["n"]
    by_hand = by_hand if by_hand in counts else ""
    n_all = sum(counts.values())
    most = max(counts, key=lambda value: counts[value])
    is_tie = list(counts.values()).count(counts[most]) > 1
    value = by_hand or ("" if is_tie else most)
    return Leaning(aspect, value, bool(by_hand), counts.get(value, 0), n_all)
