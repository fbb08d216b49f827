"""The attributes that scores and the customers' own records give."""

from datetime import date
from typing import Any

from django.db.models import Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.filters import branch_choices, consultant_choices, tag_choices
from customers.models import Consent, Customer, CustomerTag
from segmentation.attributes import Attribute, Choice, Kind, OneRow, register
from segmentation.models import (
    CustomerList,
    CustomerListEntry,
    CustomerScore,
    Layer,
    ScoreRun,
    Segment,
    Stage,
)

APP = "segmentation"
QUINTILES = [(n, str(n)) for n in range(1, 6)]
MONTHS = [
    ("this_month", _("this month")), ("next_month", _("next month")),
    ("1", _("January")), ("2", _("February")), ("3", _("March")), ("4", _("April")),
    ("5", _("May")), ("6", _("June")), ("7", _("July")), ("8", _("August")),
    ("9", _("September")), ("10", _("October")), ("11", _("November")), ("12", _("December")),
]  # fmt: skip


def current_run() -> Subquery:
    """The id of the run that readers see, as a subquery."""
    return Subquery(ScoreRun.objects.filter(is_current=True).values("pk")[:1])


in_current_scores = OneRow(lambda: CustomerScore.objects.filter(run=current_run()))


def _tagged(operator: str, tag_ids: list[int], _on: date) -> Q:
    def linked(**which: Any) -> Q:
        return Q(pk__in=CustomerTag.objects.filter(**which).values("customer"))

    if operator == "has_all":
        every = Q()
        for tag_id in tag_ids:
            every &= linked(tag=tag_id)
        return every
    found = linked(tag__in=tag_ids)
    return ~found if operator == "has_none" else found


def years_before(on: date, n_years: int) -> date:
    """The same day n years earlier; 29 February becomes 28 February."""
    year = max(on.year - n_years, 1)
    try:
        return on.replace(year=year)
    except ValueError:
        return on.replace(year=year, day=28)


def _aged(operator: str, value: Any, on: date) -> Q:
    """Ages are whole years completed by today."""
    low, high = {
        "at_least": lambda: (value, None),
        "at_most": lambda: (None, value),
        "between": lambda: tuple(value),
        "is": lambda: (value, value),
    }[operator]()
    condition = Q(birth_on__isnull=False)
    if low is not None:
        condition &= Q(birth_on__lte=years_before(on, low))
    if high is not None:
        condition &= Q(birth_on__gt=years_before(on, high + 1))
    return condition


def _born_in(operator: str, months: list[str], on: date) -> Q:
    named = {"this_month": on.month, "next_month": on.month % 12 + 1}
    numbers = [named[month] if month in named else int(month) for month in months]
    born = Q(birth_on__month__in=numbers)
    return ~born if operator == "is_not" else born


def _may_be_emailed(_operator: str, value: bool, _on: date) -> Q:
    agreed = Consent.objects.filter(
        purpose=Consent.Purpose.MARKETING,
        channel=Consent.Channel.EMAIL,
        withdrawn_at__isnull=True,
    )
    found = Q(pk__in=agreed.values("customer"))
    return found if value else ~found


def segment_choices() -> list[Choice]:
    return list(Segment.objects.values_list("pk", "name"))


def list_choices() -> list[Choice]:
    return list(CustomerList.objects.values_list("pk", "name"))


def _on_list(operator: str, list_ids: list[int], _on: date) -> Q:
    entries = CustomerListEntry.objects.filter(customer_list__in=list_ids)
    found = Q(pk__in=entries.values("customer"))
    return ~found if operator == "is_not" else found


def register_score_attributes() -> None:
    """Stage, R, F, M, churn probability and what stands behind them."""

    def score(key: str, label: Any, kind: Kind, field: str, **more: Any) -> None:
        more.setdefault("within", in_current_scores)
        register(Attribute(key, label, kind, app=APP, field=field, **more))

    score(
        "stage", _("Stage"), Kind.CHOICE, "stage", choices=lambda: Stage.choices, in_list=True,
        phrases={"is": _("who are %(value)s"), "is_not": _("who are not %(value)s")},
    )  # fmt: skip
    for key, label in (("r", _("R score")), ("f", _("F score")), ("m", _("M score"))):
        score(
            key, label, Kind.NUMBER, key, choices=lambda: QUINTILES, in_list=True, minimum=1,
            maximum=5,
        )  # fmt: skip
    score(
        "layer", _("Value layer"), Kind.CHOICE, "layer", in_list=True,
        choices=lambda: Layer.choices,
        phrases={"is": _("who are %(value)s"), "is_not": _("who are not %(value)s")},
    )  # fmt: skip
    score("churn", _("Churn probability"), Kind.RATE, "churn_probability")
    score("p_alive", _("Still a customer"), Kind.RATE, "p_alive")
    score("clv", _("Customer lifetime value"), Kind.MONEY, "clv_minor")
    score("monetary", _("Monetary"), Kind.MONEY, "monetary_minor", phrases=_SPEND_PHRASES)
    score("frequency", _("Frequency"), Kind.NUMBER, "frequency", phrases=_FREQUENCY_PHRASES)
    score("recency", _("Recency in days"), Kind.NUMBER, "recency_days")
    score("next_due", _("Next due"), Kind.DATE, "next_due_on", phrases=_DUE_PHRASES)


_SPEND_PHRASES = {
    "at_least": _("who spent at least %(value)s"),
    "at_most": _("who spent at most %(value)s"),
    "between": _("who spent between %(low)s and %(high)s"),
}
_FREQUENCY_PHRASES = {
    "at_least": _("who bought on at least %(value)s days"),
    "at_most": _("who bought on at most %(value)s days"),
    "between": _("who bought on %(low)s to %(high)s days"),
    "is": _("whose number of purchase days is exactly %(value)s"),
}
_DUE_PHRASES = {
    "more_than_days_ago": _("who have been due for more than %(value)s days"),
    "in_last_days": _("who became due in the last %(value)s days"),
    "in_next_days": _("who are due in the next %(value)s days"),
    "before": _("who were due before %(value)s"),
    "after": _("who are due after %(value)s"),
    "between": _("who are due between %(low)s and %(high)s"),
    "is_known": _("who have a due day"),
    "is_unknown": _("who have no due day"),
}


def register_customer_attributes() -> None:
    """What the customers' own records say."""

    def own(key: str, label: Any, kind: Kind, **more: Any) -> None:
        register(Attribute(key, label, kind, app=APP, **more))

    own("last_visit", _("Last visit"), Kind.DATE, field="last_visit_on", phrases=_VISIT_PHRASES)
    own("tags", _("Tags"), Kind.TAG, choices=tag_choices, build=_tagged)
    own("branch", _("Branch"), Kind.CHOICE, field="home_branch", choices=branch_choices)
    own("consultant", _("Consultant"), Kind.CHOICE, field="consultant", choices=consultant_choices)
    own("gender", _("Gender"), Kind.CHOICE, field="gender", choices=lambda: Customer.Gender.choices)
    own("age", _("Age"), Kind.NUMBER, build=_aged, minimum=0, maximum=130, phrases=_AGE_PHRASES)
    own(
        "birthday", _("Birthday month"), Kind.CHOICE, choices=lambda: MONTHS, build=_born_in,
        phrases={
            "is": _("whose birthday is in %(value)s"),
            "is_not": _("whose birthday is not in %(value)s"),
        },
    )  # fmt: skip
    own("source", _("Source"), Kind.TEXT, field="acquisition_source")
    own("city", _("City"), Kind.TEXT, field="city")
    own("known_since", _("Known since"), Kind.DATE, field="known_since_on", phrases=_SINCE_PHRASES)
    own(
        "email_consent", _("Consent to marketing e-mail"), Kind.FLAG, build=_may_be_emailed,
        phrases={
            "yes": _("who agreed to marketing e-mail"),
            "no": _("who have not agreed to marketing e-mail"),
        },
    )  # fmt: skip


def register_group_attributes() -> None:
    """Other segments and lists of customers, as a segment may refer to them."""
    register(Attribute("segment", _("Segment"), Kind.SEGMENT, app=APP, choices=segment_choices))
    register(
        Attribute(
            "list", pgettext_lazy("of customers", "List"), Kind.CHOICE, app=APP,
            choices=list_choices, build=_on_list,
            phrases={
                "is": _("who are on the list %(value)s"),
                "is_not": _("who are not on the list %(value)s"),
            },
        )
    )  # fmt: skip


_VISIT_PHRASES = {
    "more_than_days_ago": _("whose last visit was more than %(value)s days ago"),
    "in_last_days": _("whose last visit was in the last %(value)s days"),
    "before": _("whose last visit was before %(value)s"),
    "after": _("whose last visit was after %(value)s"),
    "between": _("whose last visit was between %(low)s and %(high)s"),
    "is_known": _("who have visited"),
    "is_unknown": _("who have never visited"),
}
_AGE_PHRASES = {
    "at_least": _("who are at least %(value)s years old"),
    "at_most": _("who are at most %(value)s years old"),
    "between": _("who are %(low)s to %(high)s years old"),
    "is": _("who are %(value)s years old"),
}
_SINCE_PHRASES = {
    "more_than_days_ago": _("known for more than %(value)s days"),
    "in_last_days": _("known for %(value)s days or less"),
    "before": _("known since before %(value)s"),
    "after": _("known since after %(value)s"),
    "between": _("known since between %(low)s and %(high)s"),
}
