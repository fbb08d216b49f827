"""Flows that are always on: who newly fulfils a trigger comes in, once on each occasion."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.content import findings
from campaigns.flows import FLOWS
from campaigns.journeys import check_journey
from campaigns.models import Campaign
from campaigns.queries.journeys import journey_of
from campaigns.services import control, expansion, journey, launch, templates, ticking
from campaigns.services.flows import take_flow
from customers.models import Appointment
from loyalty.models import Account, LedgerEntry, PointLot, Programme, Tier
from segmentation.models import CustomerScore, ScoreRun
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import AppointmentFactory, CustomerFactory, SaleFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MAY_1 = NOON.date()


def flow(trigger: str, days: int = 0, **fields) -> Campaign:
    return CampaignFactory(
        segment=None, state="running", schedule="trigger", trigger=trigger, trigger_days=days,
        **({"launched_at": NOON - timedelta(days=90), "launched_on": date(2026, 2, 1)} | fields),
    )  # fmt: skip


def look(campaign: Campaign, clinic, *, at: datetime = NOON) -> list[tuple[int, str]]:
    ticking.enrol_fulfilled(campaign_id=campaign.pk, clinic=clinic, at=at)
    return list(campaign.enrolments.order_by("pk").values_list("customer", "occasion"))


def test_a_birthday_comes_once_a_year(clinic):
    born = CustomerFactory(birth_on=date(1990, 5, 6))
    CustomerFactory(birth_on=date(1990, 5, 7))
    campaign = flow("birthday", 5)

    assert look(campaign, clinic) == [(born.pk, "birthday:2026")]
    assert look(campaign, clinic, at=NOON + timedelta(hours=3)) == [(born.pk, "birthday:2026")]
    again = look(campaign, clinic, at=NOON + timedelta(days=365))
    assert again[-1] == (born.pk, "birthday:2027") or (born.pk, "birthday:2027") in again


def test_a_leapling_has_the_birthday_on_the_first_of_march(clinic):
    born = CustomerFactory(birth_on=date(1992, 2, 29))
    campaign = flow("birthday", 0, launched_on=date(2026, 2, 27))

    assert look(campaign, clinic, at=NOON.replace(month=2, day=28)) == []
    assert look(campaign, clinic, at=NOON.replace(month=3, day=1)) == [(born.pk, "birthday:2026")]


def test_a_night_without_workers_is_made_good_and_the_time_before_is_not(clinic):
    missed, before = (CustomerFactory(birth_on=date(1990, 4, day)) for day in (29, 25))
    campaign = flow("birthday", 0)

    assert look(campaign, clinic) == [(missed.pk, "birthday:2026")]
    assert look(flow("birthday", 0, launched_on=MAY_1), clinic) == []
    assert before.enrolments.count() == 0


def test_after_a_treatment_once_a_day(clinic):
    customer = CustomerFactory()
    for hours in (0, 2):
        AppointmentFactory(
            customer=customer, starts_at=NOON - timedelta(days=7, hours=hours),
            status=Appointment.Status.ATTENDED,
        )  # fmt: skip
    AppointmentFactory(starts_at=NOON - timedelta(days=7), status=Appointment.Status.NO_SHOW)

    assert look(flow("after_visit", 7), clinic) == [(customer.pk, "visit:2026-04-24")]


def test_after_the_first_visit_and_no_other(clinic):
    new, regular = CustomerFactory(), CustomerFactory()
    SaleFactory(customer=regular, on=date(2025, 1, 1))
    for customer in (new, regular):
        SaleFactory(customer=customer, on=date(2026, 4, 29))

    assert look(flow("first_visit", 2), clinic) == [(new.pk, "first")]


def test_thanks_for_each_friend(clinic):
    friend_of = CustomerFactory()
    friend = CustomerFactory(referrer=friend_of)
    SaleFactory(customer=friend, on=date(2026, 4, 30))

    assert look(flow("referral", 1), clinic) == [(friend_of.pk, f"referral:{friend.pk}")]


def scores_of(as_of: date, *, is_current: bool = True) -> ScoreRun:
    return ScoreRun.objects.create(
        as_of=as_of, is_current=is_current, started_at=NOON, finished_at=NOON
    )


def scored(run: ScoreRun, **fields) -> CustomerScore:
    given = {"stage": "active", "stage_since_on": MAY_1, "last_purchase_on": date(2026, 1, 5)}
    given.setdefault("customer", fields.pop("customer", None) or CustomerFactory())
    return CustomerScore.objects.create(run=run, **(given | fields))


def test_a_treatment_that_is_due_is_told_once_a_purchase(clinic):
    score = scored(scores_of(MAY_1), next_due_on=date(2026, 5, 8))
    campaign = flow("treatment_due", 7)

    assert look(campaign, clinic) == [(score.customer_id, "due:2026-01-05")]
    score.next_due_on = date(2026, 5, 9)
    score.save()
    assert len(look(campaign, clinic, at=NOON + timedelta(days=1))) == 1


def test_who_enters_a_stage_comes_in_and_who_was_there_does_not(clinic):
    run = scores_of(MAY_1)
    entered = scored(run, stage="dormant", stage_since_on=MAY_1)
    scored(run, stage="dormant", stage_since_on=date(2025, 1, 1))
    scored(run, stage="active", stage_since_on=MAY_1)

    found = look(flow("stage_entered", trigger_detail="dormant"), clinic)

    assert found == [(entered.customer_id, "stage:dormant:2026-05-01")]


def test_who_crosses_the_line_of_risk_comes_in_once(clinic):
    before = scores_of(date(2026, 4, 30), is_current=False)
    now = scores_of(MAY_1)
    crossed, was_above = CustomerFactory(), CustomerFactory()
    for customer, old in ((crossed, 0.4), (was_above, 0.7)):
        scored(before, customer=customer, churn_probability=old)
        scored(now, customer=customer, churn_probability=0.7)
    campaign = flow("risk_crossed", trigger_detail="60")

    assert look(campaign, clinic) == [(crossed.pk, "risk:2026-01-05")]
    assert len(look(campaign, clinic)) == 1


@pytest.fixture
def programme(clinic) -> Programme:
    return Programme.objects.create(name="P", starts_on=date(2020, 1, 1))


def test_points_that_end_within_a_month_are_told_once_a_month(clinic, programme):
    account = Account.objects.create(programme=programme, customer=CustomerFactory())
    for n, ends in enumerate((date(2026, 5, 31), date(2026, 5, 30), date(2026, 9, 1))):
        entry = LedgerEntry.objects.create(
            account=account, kind="adjustment", points=5, posted_on=MAY_1, idempotency_key=str(n)
        )
        PointLot.objects.create(
            entry=entry, account=account, points=5, remaining=5, expires_on=ends
        )

    assert look(flow("points_expiring", 30), clinic) == [(account.customer_id, "points:2026-05")]


def test_a_tier_that_purchases_will_not_hold_is_told(clinic, programme):
    tier = Tier.objects.create(programme=programme, name="Gold", rank=1, min_spend_minor=1_000)
    old, fresh = CustomerFactory(), CustomerFactory()
    for customer, on in ((old, date(2025, 5, 10)), (fresh, date(2026, 4, 1))):
        SaleFactory(customer=customer, on=on, net_minor=5_000)
        Account.objects.create(programme=programme, customer=customer, tier=tier)

    assert look(flow("tier_lapsing", 30), clinic) == [(old.pk, f"tier:{tier.pk}:2026")]


def test_a_tier_of_another_ladder_is_told_while_its_grace_runs(clinic, programme):
    """A ladder by points or visits has no spend to foresee; the judging has said that it lapses."""
    tier = Tier.objects.create(programme=programme, name="Gold", rank=1, min_spend_minor=0)
    missed, kept = CustomerFactory(), CustomerFactory()
    for customer, missed_on in ((missed, date(2026, 4, 20)), (kept, None)):
        Account.objects.create(
            programme=programme, customer=customer, tier=tier, tier_missed_on=missed_on
        )

    assert look(flow("tier_lapsing", 30), clinic) == [(missed.pk, f"tier:{tier.pk}:2026")]


def test_a_festival_reaches_everybody_some_days_before(clinic):
    customer = CustomerFactory()
    at = datetime(2026, 2, 12, 12, tzinfo=NOON.tzinfo)  # Spring Festival 2026: 17 February
    campaign = flow("festival", 5, trigger_detail="spring_festival")

    assert look(campaign, clinic, at=at) == [(customer.pk, "spring_festival:2026")]
    assert look(campaign, clinic, at=at + timedelta(days=1)) == [
        (customer.pk, "spring_festival:2026")
    ]


def test_a_flow_keeps_a_holdout_and_sends_to_the_others(clinic, reachable):
    for n in range(30):
        reachable(f"Customer {n}", birth_on=date(1990, 5, 1))
    campaign = flow("birthday", 0, holdout_rate=0.3)

    look(campaign, clinic)
    journey.advance(campaign_id=campaign.pk, at=NOON)

    n_held = campaign.enrolments.filter(arm="holdout").count()
    assert 0 < n_held < 30
    assert campaign.messages.count() == 30 - n_held
    assert set(campaign.messages.values_list("occasion", flat=True)) == {"birthday:2026"}


def test_two_of_a_family_with_one_address_get_one_message_and_it_adds_up(clinic, reachable):
    first = reachable("Mother", email="family@mail.example", birth_on=date(1990, 5, 1))
    reachable("Daughter", email="family@mail.example", birth_on=date(1996, 5, 1))
    campaign = flow("birthday", 0)

    look(campaign, clinic)
    journey.advance(campaign_id=campaign.pk, at=NOON)

    states = dict(campaign.messages.values_list("customer", "state"))
    assert states[first.pk] == "queued"
    assert sorted(states.values()) == ["queued", "skipped"]


def test_paused_or_past_its_last_day_nobody_comes_in(clinic, manager):
    CustomerFactory(birth_on=date(1990, 5, 1))
    paused, ended = flow("birthday"), flow("birthday", ends_on=date(2026, 4, 30))
    control.pause(campaign=paused, by=manager)

    assert look(paused, clinic) == look(ended, clinic) == []


def test_waves_enrol_the_audience_of_their_own_day(clinic, reachable):
    first = reachable()
    campaign = CampaignFactory(
        state="running", schedule="recurring", repeats_every_days=7, next_wave_at=NOON,
        launched_on=MAY_1, launched_at=NOON,
    )  # fmt: skip

    for days in (0, 1, 7):
        ticking.tick(clinic=clinic, at=NOON + timedelta(days=days))
        expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=NOON + timedelta(days=days))
        if days == 1:
            second = reachable("Later")

    waves = list(campaign.enrolments.order_by("pk").values_list("customer", "occasion"))
    assert waves[0] == (first.pk, "2026-05-01")
    assert sorted(waves[1:]) == [(first.pk, "2026-05-08"), (second.pk, "2026-05-08")]
    assert campaign.messages.filter(state="queued").count() == 3


def test_a_scheduled_start_is_made_by_the_clock_once(clinic, manager, reachable):
    reachable()
    campaign = CampaignFactory(state="scheduled", starts_at=NOON, owner=manager)

    ticking.tick(clinic=clinic, at=NOON - timedelta(minutes=1))
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    ticking.tick(clinic=clinic, at=NOON)
    ticking.tick(clinic=clinic, at=NOON)
    campaign.refresh_from_db()
    assert campaign.state == "launching"
    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=NOON)
    assert campaign.enrolments.count() == 1


@pytest.mark.parametrize("key", FLOWS)
def test_every_ready_flow_can_be_launched_as_it_is(clinic, manager, key):
    campaign, is_new = take_flow(flow=FLOWS[key], clinic=clinic, by=manager)
    same, is_new_again = take_flow(flow=FLOWS[key], clinic=clinic, by=manager)

    assert (is_new, is_new_again, same) == (True, False, campaign)
    assert campaign.state == "draft"
    check_journey(journey_of(campaign), outcome_window_days=campaign.outcome_window_days)
    launched = launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)
    assert launched.state == "running"
    ticking.enrol_fulfilled(campaign_id=campaign.pk, clinic=clinic, at=NOON)


@pytest.mark.parametrize("key", FLOWS)
def test_the_texts_of_a_ready_flow_are_clean_in_both_languages(clinic, key):
    for step in FLOWS[key].steps:
        assert set(step.said) == {"en", "zh-hans"}
        for language, text in step.said.items():
            templates.check(subject=text.subject, body=text.body)
            told = findings(f"{text.subject}\n{text.body}", channel="email", language=language)
            assert [(one.rule_id, one.words) for one in told] == []
