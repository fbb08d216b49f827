"""The queue of pairs, and two customers side by side."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import ContactPoint, Customer, CustomerTag, DuplicatePair, Identity, Merge
from customers.queries.contacts import readable
from tenancy.models import Branch

Text = str | Promise

# code of matching/reasons.py → (words, tone)
REASONS: dict[str, tuple[Text, str]] = {
    "same_id": (_("Same card or WeChat id"), "good"),
    "same_name": (_("Same name"), "good"),
    "name_alike": (_("Name alike"), "good"),
    "same_given_name": (_("Given name alike"), ""),
    "same_family_name": (_("Same family name"), ""),
    "same_email": (_("Same e-mail"), "good"),
    "same_phone": (_("Same phone"), "good"),
    "same_birthday": (_("Same birthday"), "good"),
    "same_address": (_("Same address"), "good"),
    "email_slip": (_("E-mail nearly the same"), ""),
    "phone_slip": (_("Phone differs in one digit"), ""),
    "birthday_slip": (_("Birthday nearly the same"), ""),
    "birthday_partly": (_("Birthday partly the same"), ""),
    "address_alike": (_("Address alike"), ""),
    "same_city": (_("Same city"), ""),
    "like_a_third": (_("Both are like a third record"), ""),
    "other_birthday": (_("Other birthday"), "watch"),
    "other_phone": (_("Other phone"), ""),
    "other_gender": (_("Other gender"), "watch"),
}


@dataclass(frozen=True)
class Side:
    """A customer of a pair as the queue shows them."""

    customer: Customer
    phones: str


@dataclass(frozen=True)
class PairRow:
    pair: DuplicatePair
    sides: tuple[Side, Side]
    reasons: list[tuple[Text, str]]


@dataclass(frozen=True)
class ComparedField:
    """name: of the form's choice, "" where there is nothing to choose. chosen: "a" or "b"."""

    name: str
    label: Text
    a: Any
    b: Any
    chosen: str = "a"

    @property
    def is_same(self) -> bool:
        return self.a == self.b


def pairs_visible_to(branch: Branch | None) -> QuerySet[DuplicatePair]:
    """Pairs of two standing customers; for a member bound to a branch, both at home there."""
    pairs = DuplicatePair.objects.filter(
        first__merged_into__isnull=True, second__merged_into__isnull=True
    )
    if branch is not None:
        pairs = pairs.filter(first__home_branch=branch, second__home_branch=branch)
    return pairs.select_related("first", "second")


def in_order(pairs: QuerySet[DuplicatePair]) -> QuerySet[DuplicatePair]:
    """Certain ones first, then the likelier."""
    return pairs.order_by("decision", "-score", "pk")  # "merge" stands before "review"


def rows_of_pairs(pairs: Sequence[DuplicatePair]) -> list[PairRow]:
    """What the queue draws, in one further query."""
    phones = _contacts([pk for pair in pairs for pk in (pair.first_id, pair.second_id)], "phone")
    return [
        PairRow(
            pair,
            (
                Side(pair.first, phones.get(pair.first_id, "")),
                Side(pair.second, phones.get(pair.second_id, "")),
            ),
            reasons_in_words(pair.reasons),
        )
        for pair in pairs
    ]


def reasons_in_words(codes: Sequence[str]) -> list[tuple[Text, str]]:
    return [REASONS[code] for code in codes if code in REASONS]


def pair_of(one: int, other: int) -> DuplicatePair | None:
    return DuplicatePair.objects.filter(first=min(one, other), second=max(one, other)).first()


def merges_visible_to(branch: Branch | None) -> QuerySet[Merge]:
    merges = Merge.objects.select_related(
        "survivor", "merged", "merged_by__user", "undone_by__user"
    )
    merges = merges.defer("journal")
    return merges.filter(survivor__home_branch=branch) if branch else merges


def compared(a: Customer, b: Customer) -> list[ComparedField]:
    """Field by field, those with nothing in either left out; facts that need no choice last."""
    phones = _contacts([a.pk, b.pk], "phone")
    emails = _contacts([a.pk, b.pk], "email")
    found = [
        _field("name", _("Name"), a.name, b.name),
        _field("phone", _("Phone"), phones.get(a.pk, ""), phones.get(b.pk, "")),
        _field("email", _("E-mail"), emails.get(a.pk, ""), emails.get(b.pk, "")),
        _field("birth_on", _("Birthday"), a.birth_on, b.birth_on),
        _field("died_on", _("Date of death"), a.died_on, b.died_on),
        _field("gender", _("Gender"), a.get_gender_display(), b.get_gender_display()),
        *(
            _field(name, label, getattr(a, name), getattr(b, name))
            for name, label in _PLAIN.items()
        ),
        *_facts(a, b),
    ]
    return [row for row in found if row.a or row.b]


_PLAIN: dict[str, Text] = {
    "city": _("City"),
    "district": _("District"),
    "address": _("Address"),
    "occupation": _("Occupation"),
    "education": _("Education"),
    "hobbies": _("Hobbies"),
    "zone": _("Time zone"),
    "acquisition_source": _("Acquisition source"),
    "home_branch": _("Home branch"),
    "consultant": _("Consultant"),
    "referrer": _("Referred by"),
}


def _field(name: str, label: Text, a: Any, b: Any) -> ComparedField:
    return ComparedField(name, label, a, b, chosen="b" if b and not a else "a")


def _facts(a: Customer, b: Customer) -> list[ComparedField]:
    """What is added up or kept of both in any case."""
    ids, tags, counts = _ids([a.pk, b.pk]), _tags([a.pk, b.pk]), _counts([a.pk, b.pk])
    rows: list[tuple[Text, Any, Any]] = [
        (_("Ids"), ids.get(a.pk, ""), ids.get(b.pk, "")),
        (_("Tags"), tags.get(a.pk, ""), tags.get(b.pk, "")),
        (_("Notes"), a.notes, b.notes),
        (_("Purchases"), counts[a.pk][0], counts[b.pk][0]),
        (pgettext_lazy("number of", "Visits"), counts[a.pk][1], counts[b.pk][1]),
        (_("Last visit"), a.last_visit_on, b.last_visit_on),
        (_("Customer since"), a.known_since_on, b.known_since_on),
    ]
    return [ComparedField("", label, one, other) for label, one, other in rows]


def _contacts(customer_ids: list[int], kind: str) -> dict[int, str]:
    points = ContactPoint.objects.filter(customer__in=customer_ids, kind=kind)
    rows = points.order_by("-is_primary", "pk").values_list("customer_id", "value")
    return _joined((pk, readable(kind, value)) for pk, value in rows)


def _ids(customer_ids: list[int]) -> dict[int, str]:
    rows = Identity.objects.filter(customer__in=customer_ids).order_by("pk")
    return _joined(
        (pk, f"{source}: {external_id}")
        for pk, source, external_id in rows.values_list("customer_id", "source", "external_id")
    )


def _tags(customer_ids: list[int]) -> dict[int, str]:
    rows = CustomerTag.objects.filter(customer__in=customer_ids).order_by("tag__name")
    return _joined(rows.values_list("customer_id", "tag__name"))


def _joined(rows) -> dict[int, str]:
    found: dict[int, list[str]] = defaultdict(list)
    for pk, text in rows:
        found[pk].append(text)
    return {pk: ", ".join(texts) for pk, texts in found.items()}


def _counts(customer_ids: list[int]) -> dict[int, tuple[int, int]]:
    """(sales, visits) of each."""
    rows = Customer.objects.filter(pk__in=customer_ids).annotate(
        n_sales=Count("sales", filter=Q(sales__kind="sale"), distinct=True),
        n_visits=Count("visits", distinct=True),
    )
    return {row.pk: (row.n_sales, row.n_visits) for row in rows}
