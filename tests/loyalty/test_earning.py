"""What a purchase earns: the pure arithmetic, and the database saying the same."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import SaleLine
from loyalty.earning import Line, Purchase, Rule, cap_on, capped, clash_of, earn
from loyalty.models import EarnRule, LedgerEntry
from loyalty.queries.earn_rates import earn_rules
from loyalty.services.accrual import accrue_pending
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory
from tests.factories.loyalty import make_programme
from tests.factories.tenancy import BranchFactory

MAY_1 = date(2026, 5, 1)  # a Friday
BASE = Rule(1, "rate", date(2026, 1, 1), rate=Fraction(1))
LASER = Rule(2, "rate", date(2026, 1, 1), rate=Fraction(2), categories=frozenset({"laser"}))
DOUBLE = Rule(
    3, "multiplier", MAY_1, MAY_1 + timedelta(days=3), multiplier=Fraction(2), has_dates=True
)
TRIPLE = Rule(4, "multiplier", date(2026, 1, 1), multiplier=Fraction(3), weekdays=frozenset({5}))


def bought(net_minor=10_000, **more) -> Purchase:
    return Purchase(on=MAY_1, net_minor=net_minor, **more)


def points(rules, purchase) -> int:
    return earn(rules, purchase, minor_units=100).points


def test_each_line_takes_the_most_exact_rate_and_the_rest_the_plain_one():
    purchase = bought(lines=[Line(6_000, category="laser"), Line(3_000, category="care")])

    earned = earn([BASE, LASER], purchase, minor_units=100)
    assert (earned.points, earned.rules) == (120 + 30 + 10, (2, 1))


def test_multipliers_do_not_add_up_the_highest_holds():
    assert points([BASE, DOUBLE, TRIPLE], bought()) == 300
    assert points([BASE, DOUBLE, TRIPLE], replace(bought(), on=MAY_1 + timedelta(days=1))) == 200
    assert points([BASE, DOUBLE], replace(bought(), on=MAY_1 + timedelta(days=3))) == 100


def test_points_are_rounded_down_once_a_purchase():
    halves = [Line(150), Line(150)]
    assert points([BASE], bought(300, lines=halves)) == 3


def test_caps_cut_the_sale_and_then_the_days_before_it():
    cap = Rule(9, "cap", date(2026, 1, 1), points=50, per="sale")
    assert points([BASE, cap], bought()) == 50
    assert cap_on([cap], "day", bought()) is None
    assert capped([Fraction(40), Fraction(30), Fraction(5)], 60) == [40, 20, 0]


@pytest.mark.parametrize(
    ("new", "clashes"),
    [
        (Rule(7, "rate", MAY_1, rate=Fraction(5)), True),  # a second plain rate
        (replace(LASER, pk=7), True),
        (replace(LASER, pk=7, categories=frozenset({"care"})), False),
        (replace(LASER, pk=7, tiers=frozenset({1})), False),  # more exact: it wins
        (replace(LASER, pk=7, categories=frozenset(), treatments=frozenset({5})), True),
        (replace(LASER, pk=7, categories=frozenset(), weekdays=frozenset({1})), True),
        (replace(LASER, pk=7, effective_on=date(2025, 1, 1), ends_on=date(2025, 6, 1)), False),
    ],
)
def test_rates_that_fit_the_same_purchase_equally_well_contradict(new, clashes):
    found = clash_of(new, [BASE, LASER])
    assert bool(found) is clashes
    if found:
        assert found.on >= date(2026, 1, 1)


def test_multipliers_contradict_only_with_the_same_conditions():
    assert clash_of(replace(DOUBLE, pk=8, multiplier=Fraction(5)), [DOUBLE])
    assert not clash_of(TRIPLE, [DOUBLE])


def test_a_successor_from_an_earlier_day_leaves_no_two_rules_on_one_day(clinic):
    programme = make_programme()
    first = EarnRule.objects.get()
    june = EarnRule.objects.create(
        programme=programme, effective_on=date(2026, 6, 1), points_per_unit=2, replaces=first
    )
    EarnRule.objects.create(
        programme=programme, effective_on=MAY_1, points_per_unit=3, replaces=june
    )

    rules = earn_rules(programme)
    assert [(rule.rate, rule.effective_on, rule.ends_on) for rule in rules] == [
        (1, date(2026, 1, 1), MAY_1), (3, MAY_1, None),
    ]  # fmt: skip


CATEGORIES = ["laser", "care"]
conditions = st.fixed_dictionaries(
    {},
    optional={
        "categories": st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=1),
        "weekdays": st.lists(st.integers(1, 7), min_size=1, max_size=3, unique=True),
        "branches": st.just([0]),
    },
)
made_rules = st.lists(
    st.tuples(
        st.sampled_from(["rate", "multiplier", "cap"]),
        conditions,
        st.sampled_from(["0.5", "1.333", "2", "3"]),
        st.sampled_from(["sale", "day", "month"]),
        st.integers(0, 20),
    ),
    max_size=5,
)
made_sales = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 40),
        st.integers(0, 1),
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 30_000)), max_size=3),
        st.integers(0, 9_999),
    ),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rules=made_rules, sales=made_sales)
def test_the_database_earns_what_the_arithmetic_says(clinic, rules, sales):
    with transaction.atomic():
        _compare(rules, sales)
        transaction.set_rollback(True)


def _compare(rules, sales):
    programme = make_programme()
    branches = [BranchFactory(), BranchFactory()]
    for kind, asked, number, per, day in rules:
        asked = asked | ({"branches": [branches[0].pk]} if "branches" in asked else {})
        on = date(2026, 1, 1) + timedelta(days=day)
        EarnRule.objects.create(
            programme=programme, kind=kind, effective_on=on, points_per_unit=number,
            multiplier=number, points=int(float(number) * 100), per=per if kind == "cap" else "",
            conditions={} if kind == "cap" else asked,
        )  # fmt: skip
    treatments = [TreatmentFactory(category=name) for name in [*CATEGORIES, ""]]
    people = [CustomerFactory(), CustomerFactory()]
    made = []
    for who, day, branch, lines, rest in sales:
        net = sum(amount for _nth, amount in lines) + rest
        sale = SaleFactory(
            customer=people[who], net_minor=net, on=date(2026, 1, 1) + timedelta(days=day),
            branch=branches[branch],
        )  # fmt: skip
        SaleLine.objects.filter(sale=sale).delete()
        for number, (nth, amount) in enumerate(lines):
            SaleLine.objects.create(
                sale=sale, line_no=number + 1, treatment=treatments[nth], net_minor=amount
            )
        made.append((sale, [Line(a, treatments[n].pk, treatments[n].category) for n, a in lines]))
    accrue_pending()
    told = dict(LedgerEntry.objects.values_list("sale", "points"))
    wanted = _by_the_arithmetic(earn_rules(programme), made)
    assert {pk: n for pk, n in wanted.items() if n} == {pk: n for pk, n in told.items() if n}


def _by_the_arithmetic(rules, made) -> dict[int, int]:
    """Points by sale; caps of day and month run through a customer's sales in their order."""
    raws = {}
    for sale, lines in made:
        purchase = Purchase(
            on=sale.occurred_on, net_minor=sale.net_minor, lines=lines, branch=sale.branch_id
        )
        raws[sale.pk] = (sale, purchase, earn(rules, purchase, minor_units=100).raw)
    for per, group in (
        ("day", lambda s: (s.customer_id, s.occurred_on)),
        ("month", lambda s: (s.customer_id, s.occurred_on.year, s.occurred_on.month)),
    ):
        so_far: dict[tuple, Fraction] = {}
        for pk, (sale, purchase, raw) in sorted(
            raws.items(), key=lambda item: (item[1][0].occurred_on, item[0])
        ):
            before = so_far.get(group(sale), Fraction(0))
            so_far[group(sale)] = before + raw
            if cap := cap_on(rules, per, purchase):
                kept = min(Fraction(cap.points), before + raw) - min(Fraction(cap.points), before)
                raws[pk] = (sale, purchase, kept)
    return {pk: int(raw) for pk, (_sale, _purchase, raw) in raws.items()}


def test_refunds_take_back_their_share_and_a_whole_one_everything(clinic):
    programme = make_programme()
    treatment = TreatmentFactory(category="laser")
    rule = EarnRule.objects.create(
        programme=programme, effective_on=date(2026, 1, 1), points_per_unit=3,
        conditions={"categories": ["laser"]},
    )  # fmt: skip
    sale = SaleFactory(net_minor=10_000, on=MAY_1)
    SaleLine.objects.filter(sale=sale).delete()
    SaleLine.objects.create(sale=sale, line_no=1, treatment=treatment, net_minor=5_000)
    accrue_pending()
    entry = LedgerEntry.objects.get()
    base = EarnRule.objects.get(conditions={})
    assert (entry.points, sorted(entry.rules)) == (200, [base.pk, rule.pk])

    for number, (net, taken) in enumerate([(-2_500, -50), (-7_500, -150)]):
        SaleFactory(
            kind="refund", refund_of=sale, customer=sale.customer, net_minor=net, counts_on=MAY_1,
            on=MAY_1 + timedelta(days=number + 1),
        )  # fmt: skip
        accrue_pending()
        assert LedgerEntry.objects.latest("pk").points == taken


def test_a_tier_rule_looks_at_the_tier_of_the_morning(clinic):
    from loyalty.services.tiers import judge

    programme = make_programme()
    gold = programme.tiers.get(name="Gold")
    EarnRule.objects.create(
        programme=programme, kind="multiplier", effective_on=date(2026, 1, 1), multiplier=2,
        conditions={"tiers": [gold.pk]},
    )  # fmt: skip
    sale = SaleFactory(net_minor=2_000_000, on=MAY_1)
    accrue_pending()
    judge(MAY_1)
    SaleFactory(net_minor=10_000, on=MAY_1, customer=sale.customer)
    SaleFactory(net_minor=10_000, on=MAY_1 + timedelta(days=1), customer=sale.customer)
    accrue_pending()

    assert list(LedgerEntry.objects.order_by("pk").values_list("points", flat=True)) == [
        20_000, 100, 200,
    ]  # fmt: skip
