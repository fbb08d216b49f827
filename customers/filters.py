"""The filters of the customers' list: `?stage=dormant&branch=3`, chips in a sentence.

Apps above add theirs with `register_filter` (segmentation does it for every attribute `in_list`),
so that any figure elsewhere can link to the customers behind it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from django.db.models import Q
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, CustomerTag, Tag
from tenancy.exceptions import DomainError
from tenancy.models import Branch, Membership

Text = str | Promise
MOST_CHOICES = 200


@dataclass(frozen=True)
class CustomerFilter:
    """One filter of the list.

    choices: () → [(value, label)], read inside the clinic's scope.
    condition: (values, the clinic's today) → Q over Customer.
    """

    key: str
    label: Text
    choices: Callable[[], Iterable[tuple[Any, Text]]]
    condition: Callable[[list[Any], date], Q]


@dataclass(frozen=True)
class ChosenFilter:
    """A filter the address mentions.

    chosen: (value, label). unknown: what nobody offers. without: the address less this filter.
    """

    filter: CustomerFilter
    chosen: list[tuple[Any, Text]]
    unknown: list[str]
    without: str

    @property
    def key(self) -> str:
        return self.filter.key

    @property
    def label(self) -> Text:
        return self.filter.label


_registry: dict[str, CustomerFilter] = {}


def register_filter(customer_filter: CustomerFilter) -> None:
    """Add a filter to the list; a second one of the same key takes the first one's place."""
    _registry[customer_filter.key] = customer_filter


def list_filters() -> list[CustomerFilter]:
    """Every filter, in the order of registration. Their choices are read when asked for."""
    return list(_registry.values())


def read_filters(query: QueryDict) -> list[ChosenFilter]:
    """The filters that the address mentions, with labels; choices of the others are not read."""
    mentioned = []
    for customer_filter in _registry.values():
        wanted = [value for value in query.getlist(customer_filter.key) if value]
        if not wanted:
            continue
        chosen = [c for c in customer_filter.choices() if str(c[0]) in wanted]
        known = {str(value) for value, _label in chosen}
        unknown = [value[:40] for value in wanted if value not in known]
        without = _without(query, customer_filter.key)
        mentioned.append(ChosenFilter(customer_filter, chosen, unknown, without))
    return mentioned


@dataclass(frozen=True)
class Condition:
    """A condition on any attribute, as the app above read it. without: the address less this one.

    said: a clause, such as «whose last visit was more than 90 days ago».
    """

    condition: Q
    said: str
    without: str = ""


class ConditionLanguage(Protocol):
    """How an app above reads and writes conditions that are no list of choices.

    template: draws what `form` gives: fields to choose an attribute, a comparison and a value.
    """

    template: str

    def form(self, fields: QueryDict, *, currency: str) -> Mapping[str, Any]:
        """The context of the template for what was chosen so far."""

    def written(self, fields: QueryDict, *, currency: str) -> str:
        """The fields as one text for `?where=`. Raises DomainError where they make no sense."""

    def read(self, text: str, *, on: date, currency: str) -> Condition:
        """Raises DomainError."""


_language: ConditionLanguage | None = None


def register_language(language: ConditionLanguage) -> None:
    """The one language of `?where=` (segmentation's: every attribute of its registry)."""
    global _language
    _language = language


def condition_language() -> ConditionLanguage | None:
    return _language


def read_conditions(
    texts: list[str], *, on: date, currency: str, query: QueryDict
) -> tuple[list[Condition], list[str]]:
    """(conditions, why each of the others was left out)."""
    read, refused = [], []
    for text in texts:
        if _language is None:
            break
        try:
            one = _language.read(text, on=on, currency=currency)
        except DomainError as error:
            refused.append(error.message)
        else:
            read.append(replace(one, without=_without_condition(query, text)))
    return read, refused


def _without_condition(query: QueryDict, text: str) -> str:
    rest = query.copy()
    rest.setlist("where", [one for one in rest.getlist("where") if one != text])
    rest.pop("page", None)
    return f"?{rest.urlencode()}"


def _without(query: QueryDict, key: str) -> str:
    rest = query.copy()
    for name in (key, "page"):
        rest.pop(name, None)
    return f"?{rest.urlencode()}"


def condition_of(mentioned: list[ChosenFilter], *, on: date) -> Q:
    """All filters together: within one filter any value does, between filters all must hold."""
    condition = Q()
    for one in mentioned:
        if one.chosen:
            condition &= one.filter.condition([value for value, _label in one.chosen], on)
    return condition


LAST_VISIT_CHOICES = (
    ("30", _("in the last 30 days")),
    ("90", _("31–90 days ago")),
    ("180", _("91–180 days ago")),
    ("365", _("181–365 days ago")),
    ("longer", _("more than a year ago")),
    ("never", _("never")),
)
_VISIT_BANDS = {"30": (0, 30), "90": (31, 90), "180": (91, 180), "365": (181, 365)}


def _last_visit(values: list[str], on: date) -> Q:
    condition = Q(pk__in=[])
    for value in values:
        if value == "never":
            condition |= Q(last_visit_on__isnull=True)
        elif value == "longer":
            condition |= Q(last_visit_on__lt=on - timedelta(days=365))
        else:
            newest, oldest = _VISIT_BANDS[value]
            newest_on = on + timedelta(days=36500) if newest == 0 else on - timedelta(days=newest)
            condition |= Q(
                last_visit_on__lte=newest_on, last_visit_on__gte=on - timedelta(days=oldest)
            )
    return condition


def branch_choices() -> list[tuple[int, str]]:
    return list(Branch.objects.values_list("pk", "name"))


def consultant_choices() -> list[tuple[int, str]]:
    members = Membership.objects.filter(customers__isnull=False).distinct()
    return [(member.pk, str(member)) for member in members.select_related("user")]


def tag_choices() -> list[tuple[int, str]]:
    return list(Tag.objects.values_list("pk", "name"))


def source_choices() -> list[tuple[str, str]]:
    sources = Customer.objects.exclude(acquisition_source="").order_by("acquisition_source")
    names = sources.values_list("acquisition_source", flat=True).distinct()
    return [(name, name) for name in names[:MOST_CHOICES]]


def _tagged(values: list[int], _on: date) -> Q:
    return Q(pk__in=CustomerTag.objects.filter(tag__in=values).values("customer"))


def _in_field(name: str) -> Callable[[list[Any], date], Q]:
    return lambda values, _on: Q(**{f"{name}__in": values})


register_filter(CustomerFilter("tag", _("Tag"), tag_choices, _tagged))
register_filter(
    CustomerFilter("last_visit", _("Last visit"), lambda: LAST_VISIT_CHOICES, _last_visit)
)
register_filter(CustomerFilter("branch", _("Branch"), branch_choices, _in_field("home_branch")))
register_filter(
    CustomerFilter("consultant", _("Consultant"), consultant_choices, _in_field("consultant"))
)
register_filter(
    CustomerFilter("source", _("Source"), source_choices, _in_field("acquisition_source"))
)
