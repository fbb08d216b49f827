"""One step of judging, three times: pure, in SQL, and replayed in numpy. They must agree."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import replay
from loyalty.exceptions import LadderRefused
from loyalty.models import Account, Tier, TierChange
from loyalty.receipts import tier_of
from loyalty.replay_changes import NEVER, Purchases, changes_of, day_of, number_of
from loyalty.services.ladder_checks import check_rules
from loyalty.services.ladders import invite, publish, save_draft
from loyalty.services.tiers import judge
from loyalty.tiering import (
    Facts,
    Held,
    LadderRules,
    Need,
    Rung,
    Yearly,
    earned_rank,
    holes_in,
    rules_from,
    step,
)
from tests.factories.customers import (
    CustomerFactory,
    SaleFactory,
)
from tests.factories.loyalty import make_programme

MAY_1 = date(2026, 5, 1)
SILVER, GOLD = Need(spend_minor=100), Need(spend_minor=300)
needs = st.builds(
    Need,
    spend_minor=st.sampled_from([0, 100, 200]),
    n_days=st.sampled_from([0, 1, 2]),
    is_any=st.booleans(),
)


def ladder(**more) -> LadderRules:
    rungs = (Rung(1, "Pearl"), Rung(2, "Silver", SILVER), Rung(3, "Gold", GOLD))
    return LadderRules(**({"rungs": rungs, "window_days": 30} | more))


def test_a_need_may_ask_for_all_or_for_one():
    facts = Facts(spend_minor=500, n_days=2)

    assert Need(spend_minor=500, n_days=2).is_met(facts)
    assert not Need(spend_minor=500, n_days=3).is_met(facts)
    assert Need(spend_minor=500, n_days=3, is_any=True).is_met(facts)
    assert Need(spend_minor=900, n_days=3).missing(facts) == {"spend_minor": 400, "n_days": 1}


def test_rules_survive_being_written_down():
    rules = ladder(
        year=Yearly(4, 1), falls_on=Yearly(1, 1), grace_days=30, protected_until_on=MAY_1,
        rungs=(
            Rung(1, "Pearl"), Rung(2, "Gold", GOLD, keep=SILVER), Rung(3, "VIP", GOLD, None, True)
        ),
    )  # fmt: skip

    assert rules_from(rules.as_json()) == rules


def test_grace_lets_fall_only_when_it_is_over():
    rules, nothing = ladder(grace_days=10), Facts()
    held = step(rules, Held(2), nothing, on=MAY_1)
    assert held == Held(2, MAY_1)
    assert step(rules, held, nothing, on=MAY_1 + timedelta(days=9)).rank == 2
    assert step(rules, held, nothing, on=MAY_1 + timedelta(days=10)) == Held(0)
    back = step(rules, held, Facts(spend_minor=300), on=MAY_1 + timedelta(days=9))
    assert back == Held(2)  # in time: nothing is remembered


def test_one_falls_on_the_stated_day_only():
    rules = ladder(falls_on=Yearly(1, 1))
    held = step(rules, Held(2), Facts(spend_minor=100), on=MAY_1)

    assert step(rules, held, Facts(spend_minor=100), on=date(2026, 12, 31)).rank == 2
    assert step(rules, held, Facts(spend_minor=100), on=date(2027, 1, 1)).rank == 1
    assert rules.fall_on(MAY_1) == date(2027, 1, 1)


def test_nobody_falls_while_protected_and_rising_needs_no_waiting():
    rules = ladder(protected_until_on=date(2026, 6, 1))

    assert step(rules, Held(2), Facts(), on=date(2026, 5, 31)).rank == 2
    assert step(rules, Held(2, MAY_1), Facts(), on=date(2026, 6, 1)).rank == 0
    assert step(rules, Held(0), Facts(spend_minor=300), on=MAY_1).rank == 2


def test_keeping_may_be_easier_than_reaching():
    rules = ladder(rungs=(Rung(1, "Pearl"), Rung(2, "Gold", GOLD, keep=SILVER)))

    assert step(rules, Held(1), Facts(spend_minor=100), on=MAY_1).rank == 1
    assert step(rules, Held(0), Facts(spend_minor=100), on=MAY_1).rank == 0


def test_an_invited_tier_is_never_earned_and_lasts_as_long_as_the_invitation():
    rules = ladder(rungs=(Rung(1, "Pearl"), Rung(2, "Circle", is_invited=True)))

    assert earned_rank(rules, Facts(spend_minor=10**9)) == 0
    assert step(rules, Held(0), Facts(), on=MAY_1, invited_rank=1).rank == 1
    assert step(rules, Held(1), Facts(), on=MAY_1).rank == 0


def test_a_yearly_window_begins_on_its_day_and_a_sliding_one_counts_a_leap_day():
    yearly, sliding = ladder(year=Yearly(3, 1)), ladder(window_days=366)

    assert yearly.window(date(2028, 2, 29)) == (date(2027, 3, 1), date(2028, 2, 29))
    assert yearly.leaves_on(date(2028, 2, 29)) == date(2028, 3, 1)
    assert sliding.window(date(2028, 2, 29))[0] == date(2027, 3, 1)
    assert sliding.leaves_on(date(2028, 2, 29)) == date(2029, 3, 1)


@pytest.mark.parametrize(
    ("rungs", "what"),
    [
        ((Rung(1, "Pearl", SILVER),), "lowest_not_open"),
        ((Rung(1, "Pearl", is_invited=True),), "lowest_not_open"),
        ((Rung(1, "Pearl"), Rung(2, "Gold")), "asks_nothing"),
        ((Rung(1, "Pearl"), Rung(2, "Gold", GOLD), Rung(3, "Top", SILVER)), "as_easy_as_below"),
        ((Rung(1, "Pearl"), Rung(2, "Gold", SILVER, keep=GOLD)), "keep_harder_than_entry"),
        (
            (
                Rung(1, "P"),
                Rung(2, "G", GOLD),
                Rung(3, "T", Need(spend_minor=300, n_days=2, is_any=True)),
            ),
            "as_easy_as_below",
        ),
    ],
)  # fmt: skip
def test_a_ladder_with_a_hole_is_told(rungs, what):
    assert [hole.what for hole in holes_in(LadderRules(rungs))] == [what]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"window_days": 0}, "window_days"),
        ({"window_days": 36_501}, "window_days"),
        ({"grace_days": -1}, "grace_days"),
        ({"year": Yearly(2, 29)}, "year"),
        ({"falls_on": Yearly(2, 30)}, "falls_on"),
        ({"rungs": (Rung(1, "Pearl"), Rung(2, "Gold", Need(n_days=-1)))}, "entry"),
        ({"rungs": (Rung(1, "Pearl"), Rung(2, "Gold", Need(spend_minor=10**16)))}, "entry"),
    ],
)
def test_rules_that_cannot_be_name_their_field(change, field):
    with pytest.raises(LadderRefused) as refusal:
        check_rules(ladder(**change))

    assert refusal.value.field == field
    assert refusal.value.message


def test_rules_are_published_for_a_day_to_come_never_for_one_that_is_over(clinic):
    programme = make_programme()
    tiers = list(programme.tiers.on_ladder())
    rungs = (Rung(tiers[0].pk, "Pearl"), Rung(0, "Ruby", Need(spend_minor=70)))
    rules = LadderRules(rungs)
    with pytest.raises(LadderRefused) as refusal:
        publish(
            programme=programme, rules=rules, effective_on=MAY_1, today=date(2026, 5, 2), by=None
        )
    assert refusal.value.field == "effective_on"

    publish(programme=programme, rules=rules, effective_on=date(2026, 6, 1), today=MAY_1, by=None)
    sale = SaleFactory(net_minor=80, on=MAY_1)
    judge(MAY_1)
    assert Account.objects.get(customer=sale.customer).tier == tiers[0]
    judge(date(2026, 6, 1))
    assert Account.objects.get(customer=sale.customer).tier.name == "Ruby"
    assert [t.name for t in programme.tiers.on_ladder()] == ["Pearl", "Ruby"]


def test_an_invitation_gives_a_tier_until_its_last_day(clinic):
    programme = make_programme()
    sale = SaleFactory(net_minor=80, on=MAY_1)
    judge(MAY_1)
    account, gold = Account.objects.get(), Tier.objects.get(name="Gold")
    invite(
        account=account,
        tier=gold,
        from_on=MAY_1,
        until_on=date(2026, 5, 3),
        reason="Guest",
        by=None,
    )

    for on, tier in [(MAY_1, "Gold"), (date(2026, 5, 3), "Gold"), (date(2026, 5, 4), "Pearl")]:
        judge(on)
        assert (on, Account.objects.get(customer=sale.customer).tier.name) == (on, tier)
    assert {tier_of(change.receipt) for change in TierChange.objects.all()} == {"Pearl", "Gold"}
    assert programme.ladders.count() == 1


def test_a_draft_whose_rules_changed_loses_its_forecast(clinic):
    programme = make_programme()
    draft = save_draft(programme=programme, name="A", rules=ladder(), by=None)
    draft.forecast = {"n": 1}
    draft.save()
    same = save_draft(programme=programme, name="B", rules=ladder(), by=None, draft=draft)
    assert same.forecast == {"n": 1}
    other = save_draft(
        programme=programme, name="B", rules=ladder(grace_days=1), by=None, draft=draft
    )
    assert other.forecast == {}


def test_a_receipt_of_five_thousand_purchases_stays_small_and_says_the_same(clinic):
    make_programme(window_days=3_000)
    customer = CustomerFactory()
    for number in range(400):  # days
        SaleFactory(customer=customer, net_minor=5_000, on=MAY_1 - timedelta(days=number))
    judge(MAY_1)

    receipt = TierChange.objects.get().receipt
    assert len(receipt["purchases"]) == 200
    assert receipt["folded"]["n_days"] == receipt["folded"]["n_sales"] == 200
    assert tier_of(receipt) == receipt["tier"] == "Gold"


histories = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 59), st.sampled_from([50, 100, 250])), max_size=12
)
refunds = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 20)), max_size=4)
rule_sets = st.builds(
    LadderRules,
    rungs=st.tuples(
        st.just(Rung(1, "Pearl")),
        st.builds(Rung, st.just(2), st.just("Silver"), needs, st.none() | st.just(Need(n_days=1))),
        st.builds(Rung, st.just(3), st.just("Gold"), needs, st.none() | st.just(SILVER)),
    ),
    window_days=st.sampled_from([1, 10, 30]),
    year=st.none() | st.just(Yearly(1, 15)),
    grace_days=st.sampled_from([0, 7]),
    falls_on=st.none() | st.just(Yearly(2, 1)),
    protected_until_on=st.none() | st.just(date(2026, 1, 20)),
)
FIRST = date(2026, 1, 1)


@settings(max_examples=200, deadline=None)
@given(rules=rule_sets, sales=histories, given_back=refunds)
def test_the_replay_says_what_steps_day_by_day_say(rules, sales, given_back):
    rows = _rows(sales, given_back)
    outcome = replay.replay(
        rules,
        changes_of(rules, _purchases(rows), points=None, kinds=None),
        n_people=3,
        from_on=FIRST,
        until_on=FIRST + timedelta(days=75),
    )
    for person in range(3):
        held = Held()
        for number in range(76):
            on = FIRST + timedelta(days=number)
            for known_by in (on - timedelta(days=1), on):  # the night, then the day
                held = step(rules, held, _facts(rules, rows, person, on, known_by), on=on)
        assert outcome.rank[person] == held.rank
        missed = outcome.missed_on[person]
        assert (None if missed == NEVER else day_of(missed)) == held.missed_on


def _rows(sales, given_back):
    """(person, counts_on, known_on, net) of sales, and of refunds in full some days later."""
    rows = [(who, FIRST + timedelta(days=day), FIRST + timedelta(days=day), net)
            for who, day, net in sales]  # fmt: skip
    for nth, later in given_back:
        if nth < len(sales):
            who, on, _known, net = rows[nth]
            rows.append((who, on, on + timedelta(days=later), -net))
    return rows


def _purchases(rows):
    columns = [[row[n] for row in rows] for n in range(4)]
    days = [np.array([number_of(day) for day in column], np.int64) for column in columns[1:3]]
    return Purchases(np.array(columns[0], np.int64), *days, np.array(columns[3], np.int64))


def _facts(rules, rows, person, on, known_by) -> Facts:
    first, last = rules.window(on)
    seen = [
        row for row in rows if row[0] == person and first <= row[1] <= last and row[2] <= known_by
    ]
    by_day: dict[date, int] = {}
    for _who, day, _known, net in seen:
        by_day[day] = by_day.get(day, 0) + net
    return Facts(sum(by_day.values()), sum(net > 0 for net in by_day.values()))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rules=rule_sets,
    sales=histories,
    given_back=refunds,
    days=st.lists(st.integers(0, 75), min_size=1, max_size=4),
)
def test_the_database_says_what_the_steps_say_and_every_receipt_proves_it(
    clinic, rules, sales, given_back, days
):
    from django.db import transaction

    with transaction.atomic():
        _compare_with_database(rules, sales, given_back, sorted(days))
        transaction.set_rollback(True)


def _compare_with_database(rules, sales, given_back, days):
    from dataclasses import replace

    programme = make_programme(starts_on=date(2025, 1, 1))
    if holes_in(rules):
        return
    tiers = {rung.name: rung.tier for rung in rules.rungs}
    standing = list(programme.tiers.on_ladder())
    rungs = tuple(replace(rung, tier=standing[rank].pk) for rank, rung in enumerate(rules.rungs))
    rules = replace(rules, rungs=rungs)
    publish(programme=programme, rules=rules, effective_on=FIRST, today=FIRST, by=None)
    people = [CustomerFactory() for _n in range(3)]
    rows = _rows(sales, given_back)
    made = []
    for who, on, _known, net in rows[: len(sales)]:
        made.append(SaleFactory(customer=people[who], net_minor=net, on=on))
    for (nth, later), row in zip(
        [pair for pair in given_back if pair[0] < len(sales)], rows[len(sales) :], strict=True
    ):
        SaleFactory(
            kind="refund", customer=people[row[0]], refund_of=made[nth], net_minor=row[3],
            on=row[1] + timedelta(days=later), counts_on=row[1],
        )  # fmt: skip
    held = {who: Held() for who in range(3)}
    for number in days:
        on = FIRST + timedelta(days=number)
        judge(on)
        for who, customer in enumerate(people):
            account = Account.objects.filter(customer=customer).first()
            if account is None:
                continue
            held[who] = step(rules, held[who], _facts(rules, rows, who, on, on), on=on)
            assert (rules.rank_of(account.tier_id), account.tier_missed_on) == (
                held[who].rank, held[who].missed_on
            )  # fmt: skip
    for change in TierChange.objects.all():
        assert tier_of(change.receipt) == change.receipt["tier"]
    assert tiers
