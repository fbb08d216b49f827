"""Conditions on what happened: who is found, how they read, and what they refuse."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from customers.models import Appointment, Interaction, SaleLine, Visit
from segmentation.event_conditions import COUNTS, periods_of
from segmentation.events import EventDetail, EventKind, event_kinds, register_event
from segmentation.queries import customers_matching
from segmentation.rules import ChoiceBook, RuleRefused, clean_rule
from segmentation.sentences import sentence_of
from tests.factories.customers import (
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)

TODAY = date(2026, 5, 1)


def event(key: str, *, count=None, period=None, **where) -> dict:
    said = {"event": key}
    if count:
        said["count"] = {"operator": count[0]} | ({"value": count[1]} if len(count) > 1 else {})
    if period:
        said["period"] = {"operator": period[0], "value": period[1]}
    return said | ({"where": where} if where else {})


def rule(*parts: dict, match: str = "all", **more) -> dict:
    return {"match": match, "conditions": list(parts)} | more


def names(*parts: dict, **more) -> list[str]:
    found = customers_matching(rule(*parts, **more), on=TODAY)
    return sorted(found.values_list("name", flat=True))


def bought(name: str, *days_ago: int, treatment=None, net_minor: int = 10_000):
    customer = CustomerFactory(name=name)
    for n_days in days_ago:
        on = TODAY - timedelta(days=n_days)
        sale = SaleFactory(customer=customer, on=on, net_minor=net_minor)
        if treatment:
            SaleLine.objects.create(sale=sale, line_no=1, treatment=treatment, net_minor=net_minor)
    return customer


def test_bought_a_filler_twice_in_300_days_but_not_in_the_last_60(clinic):
    filler, toxin = TreatmentFactory(name="Filler"), TreatmentFactory(name="Toxin")
    bought("Twice", 100, 200, treatment=filler)
    bought("Twice and lately", 30, 200, treatment=filler)
    bought("Once", 100, treatment=filler)
    bought("One day", 100, 100, treatment=filler)
    bought("Long ago", 100, 301, treatment=filler)
    bought("Toxin", 100, 200, treatment=toxin)
    asked = (
        event("purchase", count=("at_least", 2), period=("in_last_days", 300),
              treatment=[filler.pk]),
        event("purchase", count=("never",), period=("in_last_days", 60), treatment=[filler.pk]),
    )  # fmt: skip

    assert names(*asked) == ["Twice"]
    assert sentence_of(rule(*asked), currency="CNY") == (
        "Customers who bought Filler at least 2 times in the last 300 days"
        " and who have not bought Filler in the last 60 days"
    )
    with translation.override("zh-hans"):
        assert sentence_of(rule(*asked), currency="CNY") == (
            "最近 300 天内购买过 Filler 至少 2 次，且最近 60 天内没有购买过 Filler 的客户"
        )


def test_counts(clinic):
    bought("None")
    bought("One", 10)
    bought("Two", 10, 20)
    bought("Three", 10, 20, 30)

    assert names(event("purchase")) == ["One", "Three", "Two"]
    assert names(event("purchase", count=("at_least", 3))) == ["Three"]
    assert names(event("purchase", count=("at_most", 1))) == ["None", "One"]
    assert names(event("purchase", count=("is", 2))) == ["Two"]
    assert names(event("purchase", count=("is", 0))) == ["None"]
    assert names(event("purchase", count=("never",))) == ["None"]


@pytest.mark.parametrize(
    ("period", "found"),
    [
        (("in_last_days", 60), ["60"]),
        (("more_than_days_ago", 60), ["300", "61"]),
        (("between_days_ago", [60, 61]), ["60", "61"]),
        (("since", "2026-03-02"), ["60"]),  # 60 days before 1 May
        (("before", "2026-03-02"), ["300", "61"]),
        (("between", ["2026-03-01", "2026-03-02"]), ["60", "61"]),
    ],
)
def test_periods_count_both_ends(clinic, period, found):
    for n_days in (60, 61, 300):
        bought(str(n_days), n_days)

    assert names(event("purchase", period=period)) == found


def test_instants_are_days_of_the_clinic(clinic):
    """23:30 and 00:30 in Shanghai are 15:30 and 16:30 in UTC."""
    for name, hour in (("Evening", 15), ("Next day", 16)):
        Appointment.objects.create(
            customer=CustomerFactory(name=name), source="x", external_id=name,
            starts_at=datetime(2026, 4, 30, hour, 30, tzinfo=UTC), status="no_show",
        )  # fmt: skip

    assert names(event("no_show", period=("before", "2026-05-01"))) == ["Evening"]
    assert names(event("no_show", period=("since", "2026-05-01"))) == ["Next day"]
    assert names(event("appointment", period=("in_next_days", 7))) == ["Next day"]


def test_two_missed_at_one_time_are_two(clinic):
    for name, n_missed in (("Once", 1), ("Twice", 2), ("Thrice", 3)):
        customer = CustomerFactory(name=name)
        for number in range(n_missed):
            Appointment.objects.create(
                customer=customer, source="x", external_id=f"{name}{number}", status="no_show",
                starts_at=datetime(2026, 4, 30, 9, tzinfo=UTC),
            )  # fmt: skip

    assert names(event("no_show", count=("at_least", 2))) == ["Thrice", "Twice"]
    assert names(event("no_show", count=("at_most", 1))) == ["Once"]
    assert names(event("no_show", count=("is", 2))) == ["Twice"]
    assert names(event("no_show", count=("never",))) == []


def test_what_was_given_back_in_parts_was_not_bought(clinic):
    customer = bought("Returned", 20)
    for back in (-4_000, -6_000):
        assert names(event("purchase")) == ["Returned"]
        SaleFactory(
            customer=customer, kind="refund", refund_of=customer.sales.get(kind="sale"),
            net_minor=back, gross_minor=back,
        )  # fmt: skip

    assert names(event("purchase")) == []


def test_what_was_given_back_was_not_bought(clinic):
    customer = bought("Returned", 20)
    kept = bought("Part returned", 20)
    for buyer, back in ((customer, -10_000), (kept, -4_000)):
        SaleFactory(
            customer=buyer, kind="refund", refund_of=buyer.sales.get(), net_minor=back,
            gross_minor=back,
        )  # fmt: skip

    assert names(event("purchase")) == ["Part returned"]
    assert names(event("refund")) == ["Part returned", "Returned"]


def test_details_narrow(clinic):
    face = TreatmentFactory(name="Filler", category="Face")
    bought("Face", 10, treatment=face)
    bought("Rich", 10, net_minor=500_000)

    assert names(event("purchase", category=["Face"])) == ["Face"]
    assert names(event("purchase", amount=500_000)) == ["Rich"]
    said = sentence_of(rule(event("purchase", amount=500_000)), currency="CNY")
    assert said == "Customers who bought for at least ¥5,000"


def test_events_combine_with_or_and_not(clinic):
    bought("Buyer", 10)
    came = CustomerFactory(name="Visitor")
    Visit.objects.create(customer=came, visited_on=TODAY)
    CustomerFactory(name="Nobody")

    assert names(event("purchase"), event("visit"), match="any") == ["Buyer", "Visitor"]
    assert names(event("purchase"), event("visit"), match="any", **{"not": True}) == ["Nobody"]


def test_another_clinics_events_are_nobodys(clinic, other_clinic, in_clinic):
    CustomerFactory(name="Ours")
    with in_clinic(other_clinic):
        bought("Theirs", 10)

    assert names(event("purchase")) == []
    assert names(event("purchase", count=("never",))) == ["Ours"]


def test_every_event_answers_every_count_and_period_and_has_a_sentence(clinic):
    """Walks the registry, so that an event of an app above is tried as well."""
    CustomerFactory()
    book = ChoiceBook()
    days = {"between": ["2026-01-01", "2026-02-01"], "between_days_ago": [3, 9],
            "since": "2026-01-01", "before": "2026-01-01"}  # fmt: skip
    for kind in event_kinds().values():
        where = {d.key: [1] if d.kind == "choice" else 100 for d in kind.details}
        for period in periods_of(kind):
            for count in COUNTS:
                asked = rule(
                    event(kind.key, count=(count, 2), period=(period, days.get(period, 3)), **where)
                )
                if count == "never":
                    del asked["conditions"][0]["count"]["value"]
                if period == "ever":
                    del asked["conditions"][0]["period"]["value"]
                assert customers_matching(asked, on=TODAY).count() in (0, 1)
                for language in ("en", "zh-hans"):
                    with translation.override(language):
                        assert "%(" not in sentence_of(asked, currency="CNY", book=book)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (event("sneeze"), "event: There is no event “sneeze”."),
        ({"event": ["purchase"]}, "event: There is no event “a list”."),
        (event("purchase") | {"drop": 1}, "“drop” is not known here."),
        (event("purchase") | {"where": 3}, "where: “where” must be an object."),
        (
            event("visit", colour=["red"]),
            "where: Visit cannot be narrowed by “colour”. Use one of: branch.",
        ),
        (
            event("purchase", treatment=[999_999]),
            "where.treatment.value: Treatment: One of these no longer exists."
            " Choose from the list.",
        ),
        (event("purchase", treatment=[]), "where.treatment.value: Treatment: Choose at least one."),
        (
            event("purchase", amount="1000"),
            "where.amount.value: Amount of the sale: Give a whole number.",
        ),
        (
            event("purchase", count=("often", 3)),
            "count.operator: Purchase cannot be asked with “often”."
            " Use one of: at_least, at_most, is, never.",
        ),
        (
            event("purchase", count=("at_least", 0)),
            "count.value: Purchase: Give a number from 1 to 10000.",
        ),
        (
            event("purchase", count=("at_least", 10**5000)),
            "count.value: Purchase: Give a number from 1 to 10000.",
        ),
        (event("purchase") | {"count": 3}, "count: Give an object with “operator” and “value”."),
        (
            event("purchase", period=("in_next_days", 3)),
            "period.operator: Purchase cannot be asked with “in_next_days”. Use one of: ever,"
            " in_last_days, more_than_days_ago, between_days_ago, since, before, between.",
        ),
        (
            event("purchase", period=("since", "0001-01-01")),
            "period.value: Purchase: Give a day of the years 1900 to 2199.",
        ),
        (
            event("purchase", period=("between_days_ago", [9, 3])),
            "period.value: Purchase: The first value is larger than the second.",
        ),
    ],
)  # fmt: skip
def test_refusals_name_the_place_and_the_mend(clinic, asked, message):
    with pytest.raises(RuleRefused) as caught:
        clean_rule(rule(asked), book=ChoiceBook())
    place = "conditions[0]: " if message.startswith("“drop”") else "conditions[0]."
    assert str(caught.value) == place + message


def test_two_apps_cannot_claim_one_event():
    with pytest.raises(ValueError, match="registered by segmentation already"):
        register_event(EventKind("visit", "x", "care", rows=list, day="x", did="", did_not=""))
    detail = EventDetail("x", "x", "x", "x")
    with pytest.raises(ValueError, match="needs choices"):
        register_event(
            EventKind("new", "x", "care", rows=list, day="x", did="", did_not="", details=(detail,))
        )


def test_who_complained(clinic):
    angry, calm = CustomerFactory(name="Angry"), CustomerFactory(name="Calm")
    kinds = Interaction.Kind
    for n, (customer, kind) in enumerate(
        [(angry, kinds.COMPLAINT), (angry, kinds.CALL), (calm, kinds.CALL)]
    ):
        at = datetime(2026, 4, 20, tzinfo=UTC)
        Interaction.objects.create(
            customer=customer, kind=kind, occurred_at=at, source="desk", external_id=f"I-{n}"
        )

    assert names(event("complaint")) == ["Angry"]
    assert names(event("complaint", count=("at_least", 2))) == []
    assert names(event("complaint", count=("never",))) == ["Calm"]
