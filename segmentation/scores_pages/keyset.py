"""Pages of a ranked list that begin right behind the row before, and not after so many rows.

A place in the list is «value~customer»: the thousandth page costs what the first one does, and who
comes in meanwhile shows nobody twice.
"""

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from segmentation.models import CustomerScore

LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Place:
    """The last row shown: what it is ranked by, and whose it is."""

    value: int
    customer_id: int

    def __str__(self) -> str:
        return f"{self.value}~{self.customer_id}"


@dataclass(frozen=True)
class Page:
    """rows: annotated with what they are ranked by. next: of the address; "" on the last page."""

    rows: list[CustomerScore]
    next: str


def read_place(text: str) -> Place | None:
    """The place an address names; None, the first page, where it is none of ours."""
    value, _sep, customer_id = text.partition("~")
    try:
        place = Place(int(value), int(customer_id))
    except ValueError:
        return None
    return place if max(abs(place.value), abs(place.customer_id)) <= LARGEST else None


def behind(
    scores: QuerySet[CustomerScore], key: str, place: Place | None
) -> QuerySet[CustomerScore]:
    """Largest `key` first (a whole number, never null), then by customer; those after the place."""
    ordered = scores.order_by(F(key).desc(), "customer_id")
    if place is None:
        return ordered
    same = Q(**{key: place.value}, customer_id__gt=place.customer_id)
    return ordered.filter(Q(**{f"{key}__lt": place.value}) | same)


def place_of(score: CustomerScore, key: str) -> Place:
    return Place(getattr(score, key), score.customer_id)


def page_of(scores: QuerySet[CustomerScore], key: str, at: str, *, size: int) -> Page:
    """The page that an address asks for ("" for the first), in one query."""
    rows = list(behind(scores, key, read_place(at))[: size + 1])
    is_more = len(rows) > size
    return Page(rows[:size], str(place_of(rows[size - 1], key)) if is_more else "")
