from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.models import CustomerEvent
from loyalty.exceptions import InsufficientPoints, KeyUsedOtherwise
from loyalty.invariants import violations
from loyalty.models import Account, PointLot, Programme, Redemption, Reward
from loyalty.queries.overview import stock_by_tier, totals_of
from loyalty.queries.rewards import choices_for
from loyalty.refusals import (
    CannotUndo,
    FieldRefused,
    NoAccount,
    NotToBeHandedOver,
    OutOfStock,
    RewardNotForThem,
    RewardNotOnOffer,
)
from loyalty.services.rewards import Exchange, exchange, hand_over, save_reward, undo
from segmentation.models import Segment
from tenancy.models import Branch
from tests.factories.customers import NOON, CustomerFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import JAN_1, MAY_1, RewardFactory, member_with


@pytest.fixture
def member(clinic):
    make_programme()
    return member_with(250)


def ask(member, key: str = "click-1", **more) -> Exchange:
    return Exchange(member, key, more.pop("at", NOON), **more)


def balance(member) -> int:
    return Account.objects.get(customer=member).balance


def test_a_reward_takes_its_points_and_its_piece(member, staff):
    reward = RewardFactory(stock=2)

    made = exchange(reward=reward, asked=ask(member, actor=staff))

    assert (made.state, made.points, made.claimed_by) == ("handed_over", 100, staff)
    assert (balance(member), Reward.objects.get().stock) == (150, 1)
    assert CustomerEvent.objects.filter(kind="reward.redeemed", customer=member).count() == 1
    assert violations() == []


def test_a_repeated_key_takes_nothing_more(member):
    reward = RewardFactory(stock=2)

    first = exchange(reward=reward, asked=ask(member))
    again = exchange(reward=reward, asked=ask(member))

    assert again == first
    assert (balance(member), Reward.objects.get().stock) == (150, 1)


def test_a_key_cannot_mean_another_reward_or_customer(member):
    exchange(reward=RewardFactory(), asked=ask(member))

    with pytest.raises(KeyUsedOtherwise):
        exchange(reward=RewardFactory(), asked=ask(member))
    with pytest.raises(KeyUsedOtherwise):
        exchange(reward=Reward.objects.first(), asked=ask(member_with(500)))


def test_too_few_points_take_no_piece(member):
    reward = RewardFactory(points=251, stock=1)

    with pytest.raises(InsufficientPoints):
        exchange(reward=reward, asked=ask(member))

    assert (Reward.objects.get().stock, Redemption.objects.count()) == (1, 0)


def test_stock_that_ran_out_between_click_and_confirmation_takes_no_points(member):
    reward = RewardFactory(stock=1)  # as the desk read it
    exchange(reward=Reward.objects.get(), asked=ask(member_with(100), "other till"))

    with pytest.raises(OutOfStock) as refusal:
        exchange(reward=reward, asked=ask(member))

    assert "has just run out" in refusal.value.message
    assert balance(member) == 250


@pytest.mark.parametrize(
    ("terms", "on"),
    [
        ({"is_active": False}, NOON),
        ({"starts_on": date(2026, 5, 2)}, NOON),
        ({"ends_on": date(2026, 4, 30)}, NOON),
    ],
)
def test_what_is_not_on_offer_cannot_be_had(member, terms, on):
    with pytest.raises(RewardNotOnOffer):
        exchange(reward=RewardFactory(**terms), asked=ask(member, at=on))


def test_the_last_day_counts_to_its_last_second_in_the_clinics_zone(member):
    reward = RewardFactory(ends_on=MAY_1)
    midnight = NOON + timedelta(hours=12)  # of Shanghai

    exchange(reward=reward, asked=ask(member, at=midnight - timedelta(seconds=1)))

    with pytest.raises(RewardNotOnOffer):
        exchange(reward=reward, asked=ask(member, "later", at=midnight))


def test_tier_segment_and_branch_say_who_may_have_it(member):
    programme = Programme.objects.get()
    gold = programme.tiers.get(name="Gold")
    women = Segment.objects.create(
        name="Named Anna",
        rule={"match": "all", "conditions": [
            {"attribute": "city", "operator": "is", "value": ["Shanghai"]}]},
    )  # fmt: skip
    south = Branch.objects.create(code="S", name="South")
    north = Branch.objects.create(code="N", name="North")

    with pytest.raises(RewardNotForThem, match="Gold"):
        exchange(reward=RewardFactory(min_tier=gold), asked=ask(member))
    with pytest.raises(RewardNotForThem, match="Named Anna"):
        exchange(reward=RewardFactory(segment=women), asked=ask(member))
    with pytest.raises(RewardNotForThem, match="South"):
        exchange(reward=RewardFactory(branch=south), asked=ask(member, branch=north))

    assert choices_for(Account.objects.get(customer=member), on=MAY_1, branch=north) == []


def test_choices_say_what_is_missing(member):
    for points, stock in ((100, None), (100, 0), (300, None)):
        RewardFactory(points=points, stock=stock)

    choices = choices_for(Account.objects.get(customer=member), on=MAY_1)

    assert [(one.is_open, one.missing_points, str(one.why_not)) for one in choices] == [
        (True, 0, ""), (False, 0, "Out of stock"), (False, 50, "Not enough points"),
    ]  # fmt: skip


def test_somebody_without_an_account_is_told_to_enrol(member):
    with pytest.raises(NoAccount):
        exchange(reward=RewardFactory(), asked=ask(CustomerFactory()))


def test_undone_within_minutes_points_and_piece_are_as_before(member, staff):
    ends = PointLot.objects.get().expires_on
    made = exchange(reward=RewardFactory(stock=1), asked=ask(member))

    undone = undo(redemption=made, at=NOON + timedelta(minutes=15), by=staff)

    assert (undone.state, undone.undone_by) == ("undone", staff)
    assert (balance(member), Reward.objects.get().stock) == (250, 1)
    assert list(PointLot.objects.values_list("remaining", "expires_on")) == [(250, ends)]
    assert violations() == []


def test_what_was_undone_is_not_among_the_months_redeemed(member):
    exchange(reward=RewardFactory(), asked=ask(member))
    undo(
        redemption=exchange(reward=RewardFactory(), asked=ask(member, "click-2")), at=NOON, by=None
    )

    stock = stock_by_tier(None).values()
    figures = totals_of(Programme.objects.get(), stock, on=NOON.date(), branch=None)

    assert figures.redeemed == 100


def test_undoing_twice_or_too_late_is_refused(member):
    made = exchange(reward=RewardFactory(stock=1), asked=ask(member))
    with pytest.raises(CannotUndo):
        undo(redemption=made, at=NOON + timedelta(minutes=16), by=None)

    undo(redemption=made, at=NOON, by=None)
    with pytest.raises(CannotUndo):
        undo(redemption=made, at=NOON, by=None)

    assert (balance(member), Reward.objects.get().stock) == (250, 1)


def test_what_was_claimed_online_is_handed_over_once(member, staff):
    made = exchange(reward=RewardFactory(), asked=ask(member, is_handed_over=False))
    assert (made.state, balance(member)) == ("claimed", 150)

    later = NOON + timedelta(days=20)
    given = hand_over(redemption=made, at=later, by=staff)

    assert (given.state, given.handed_over_by) == ("handed_over", staff)
    with pytest.raises(NotToBeHandedOver):
        hand_over(redemption=made, at=later, by=staff)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", 0), ("points", -5), ("points", 10**9), ("money_minor", -1), ("cost_minor", -1),
        ("stock", -1), ("name", "  "), ("ends_on", date(2025, 12, 31)),
    ],
)  # fmt: skip
def test_odd_terms_are_refused_by_field(member, owner, field, value):
    terms = {"name": "Mask", "points": 100, "starts_on": JAN_1, field: value}

    with pytest.raises(FieldRefused) as refusal:
        save_reward(programme=Programme.objects.get(), terms=terms, by=owner)

    assert refusal.value.field == field
    assert Reward.objects.count() == 0


def test_two_rewards_of_one_name_are_refused(member, owner):
    terms = {"name": "Mask", "points": 100, "starts_on": JAN_1}
    programme = Programme.objects.get()
    save_reward(programme=programme, terms=terms, by=owner)

    with pytest.raises(FieldRefused, match="already"):
        save_reward(programme=programme, terms=terms, by=owner)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("reward_price_positive", {"points": 0}),
        ("reward_money_not_negative", {"money_minor": -1}),
        ("reward_ends_after_start", {"ends_on": date(2025, 1, 1)}),
    ],
)
def test_the_database_refuses_odd_rewards(member, constraint, values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RewardFactory(**values)
