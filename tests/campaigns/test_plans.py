"""What a plan may be: the journey, the schedule on the clinic's clock, who agrees to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.exceptions import (
    CampaignRefused,
    JourneyRefused,
    NeedsApproval,
    ScheduleRefused,
    WrongState,
)
from campaigns.journeys import Journey, Stop, VariantPlan, Wording, check_journey
from campaigns.models import Campaign, Step, Variant
from campaigns.services import approvals, changing, copying, draft, launch, schedules, steps
from campaigns.services.review import review
from campaigns.windows import SendWindow
from segmentation.services.segments import delete_segment
from tenancy.exceptions import DomainError
from tests.factories.campaigns import AudienceFactory, CampaignFactory, EnrolmentFactory
from tests.factories.tenancy import MembershipFactory

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=SHANGHAI)


def says(number: int, *shares: int, **more) -> Stop:
    variants = tuple(
        VariantPlan(name, share, {"": Wording(n, "S", "B")})
        for n, (name, share) in enumerate(zip("ABC", shares or (100,), strict=False), start=1)
    )
    return Stop(number, "message", channel="email", variants=variants, **more)


def waits(number: int, days: int, **more) -> Stop:
    return Stop(number, "wait", wait_days=days, **more)


def asks(number: int, yes, no, condition="visited") -> Stop:
    return Stop(number, "branch", condition=condition, next_if_yes=yes, next_if_no=no)


@pytest.mark.parametrize(
    ("stops", "step", "sentence"),
    [
        ([waits(1, 3)], 0, "at least one message"),
        ([], 0, "at least one message"),
        ([says(1), waits(2, -1), says(3)], 2, "wait 1 to 365 days"),
        ([says(1), waits(2, 10**6), says(3)], 2, "wait 1 to 365 days"),
        ([says(1, 50, 40)], 1, "add up to 90 percent"),
        ([says(1), says(2, 70, 70)], 2, "add up to 140 percent"),
        ([Stop(1, "message", channel="email")], 1, "says nothing yet"),
        ([says(1), asks(2, 1, 0)], 2, "in a circle: 1 → 2 → 1"),
        ([says(1, next_if_yes=1)], 1, "in a circle: 1 → 1"),
        ([says(1), asks(2, 9, 0)], 2, "leads to step 9, which there is not"),
        ([says(1, next_if_yes=0), says(2)], 2, "Nobody would ever come to step 2"),
        ([asks(1, 2, 0, "opened"), says(2)], 1, "before anything was said"),
        ([says(1), waits(2, 20), waits(3, 20), says(4)], 0, "The waits add up to 40 days"),
        ([says(n) for n in range(1, 32)], 0, "at most 30 steps"),
    ],
)
def test_a_journey_that_cannot_be_walked_says_which_step_is_wrong(clinic, stops, step, sentence):
    with pytest.raises(JourneyRefused, match=sentence) as refused:
        check_journey(Journey(tuple(stops)), outcome_window_days=30)

    assert refused.value.step == step


def test_a_journey_of_all_kinds_can_be_walked(clinic):
    stops = (
        says(1, 60, 40), waits(2, 7), asks(3, 0, 4), says(4), waits(5, 7), asks(6, 7, 0, "nothing"),
        Stop(7, "phone", script="Ask."),
    )  # fmt: skip

    check_journey(Journey(stops), outcome_window_days=30)


def test_waits_on_the_way_are_added_up(clinic):
    journey = Journey((says(1), waits(2, 3), waits(3, 4), says(4), waits(5, 9)))

    assert (journey.arrive(2).step, journey.arrive(2).wait_days) == (4, 7)
    assert journey.arrive(5).step == 0


def test_the_hour_that_the_clocks_skip_is_refused_with_the_next(clinic):
    with pytest.raises(ScheduleRefused, match=r"01:30 does not exist\. Choose 02:30"):
        schedules.local_instant(LONDON, date(2026, 3, 29), time(1, 30))


def test_an_hour_that_comes_twice_is_the_first(clinic):
    at = schedules.local_instant(LONDON, date(2026, 10, 25), time(1, 30))

    assert at.astimezone(UTC).hour == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": NOON - timedelta(minutes=1)}, "starts_at"),
        ({"starts_at": NOON + timedelta(days=800)}, "starts_at"),
        ({"ends_on": date(2026, 4, 30)}, "ends_on"),
    ],
)
def test_a_start_in_the_past_or_in_years_is_refused(clinic, changes, field):
    with pytest.raises(ScheduleRefused) as refused:
        schedules.check_start(CampaignFactory.build(**changes), at=NOON)

    assert refused.value.field == field


def test_a_send_window_inside_the_quiet_hours_would_never_send(clinic):
    campaign = CampaignFactory.build(send_from_hour=5, send_until_hour=8)

    with pytest.raises(ScheduleRefused, match="quiet hours"):
        schedules.check_hours(campaign, clinic)
    campaign.respects_quiet_hours = False
    schedules.check_hours(campaign, clinic)


def test_waves_keep_their_hour_and_do_not_pile_up(clinic):
    clinic.timezone = "Europe/London"
    first = datetime(2026, 3, 23, 10, 0, tzinfo=LONDON)
    campaign = CampaignFactory.build(repeats_every_days=7, next_wave_at=first)

    after = schedules.next_wave_after(campaign, clinic, first + timedelta(days=20))

    assert after == datetime(2026, 4, 13, 10, 0, tzinfo=LONDON)
    campaign.ends_on = date(2026, 4, 12)
    assert schedules.next_wave_after(campaign, clinic, first + timedelta(days=20)) is None


@pytest.mark.parametrize(
    ("window", "at", "opens"),
    [
        (SendWindow(), NOON, NOON),
        (SendWindow(9, 13), NOON, NOON),
        (SendWindow(13, 24), NOON, NOON.replace(hour=13)),
        (SendWindow(9, 12), NOON, NOON.replace(day=2, hour=9)),
        (SendWindow(9, 12, "1"), NOON, NOON.replace(day=4, hour=9)),
        (SendWindow(days="67"), NOON, NOON.replace(day=2, hour=0)),
    ],
)
def test_send_windows(window, at, opens):
    assert window.opens(at) == opens


def plan(segment, **changes) -> draft.Plan:
    return replace(
        draft.Plan(
            name="Spring", segment=segment, subject="Hello", body="See you", holdout_percent=10
        ),
        **changes,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"segment": None}, "segment"),
        ({"budget_minor": 3, "message_cost_minor": 5}, "budget"),
        ({"budget_minutes": 2}, "budget_hours"),
        ({"minutes_a_call": 0}, "minutes_a_call"),
        ({"schedule": "recurring"}, "repeats_every_days"),
        ({"schedule": "recurring", "repeats_every_days": 400}, "repeats_every_days"),
        ({"schedule": "yearly"}, "schedule"),
        ({"schedule": "trigger"}, "trigger"),
        ({"schedule": "trigger", "trigger": "festival"}, "trigger_detail"),
        ({"schedule": "trigger", "trigger": "birthday", "trigger_days": 999}, "trigger_days"),
        ({"send_from_hour": 9}, "send_until_hour"),
        ({"send_from_hour": 12, "send_until_hour": 9}, "send_until_hour"),
        ({"send_days": "8"}, "send_days"),
    ],
)
def test_a_plan_keeps_the_rules(clinic, manager, changes, field):
    with pytest.raises(CampaignRefused) as refused:
        draft.save_draft(plan=plan(**({"segment": AudienceFactory()} | changes)), by=manager)

    assert refused.value.field == field


def test_a_segment_is_named_once(clinic, manager):
    segment = AudienceFactory()

    with pytest.raises(CampaignRefused) as refused:
        draft.save_draft(plan=plan(segment, kept_out=[segment]), by=manager)

    assert refused.value.field == "kept_out"


def test_a_segment_kept_out_of_a_campaign_is_not_deleted(clinic, manager):
    kept_out = AudienceFactory()
    draft.save_draft(plan=plan(AudienceFactory(), kept_out=[kept_out]), by=manager)

    with pytest.raises(DomainError, match="Spring"):
        delete_segment(segment=kept_out, by=manager)


def test_a_scheduled_campaign_waits_for_its_hour(clinic, manager, reachable):
    reachable()
    campaign = CampaignFactory(starts_at=NOON + timedelta(hours=2))

    confirmed = launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)

    assert confirmed.state == "scheduled"
    assert not confirmed.enrolments.exists()


def test_a_large_campaign_needs_a_second_person(clinic, manager, reachable):
    clinic.campaign_approval_above = 1
    clinic.save()
    reachable("One"), reachable("Two")
    campaign = CampaignFactory(owner=manager)
    second = MembershipFactory(role="owner")

    with pytest.raises(NeedsApproval):
        launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)
    with pytest.raises(WrongState):
        approvals.approve(campaign=campaign, by=manager, at=NOON)
    approvals.approve(campaign=campaign, by=second, at=NOON)

    assert (
        launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON).state == "launching"
    )


def test_a_change_takes_an_approval_back(clinic, manager):
    campaign = CampaignFactory(owner=manager)
    approvals.approve(campaign=campaign, by=MembershipFactory(role="owner"), at=NOON)

    steps.draw_first_step(campaign=campaign)
    steps.add_step(campaign=campaign, plan=steps.StepPlan("wait", wait_days=3))

    campaign.refresh_from_db()
    assert campaign.approved_at is None


def test_a_copy_keeps_the_journey_and_loses_the_schedule(clinic, manager):
    campaign = CampaignFactory(
        state="running", schedule="recurring", repeats_every_days=7, next_wave_at=NOON,
        flow_key="birthday", launched_on=NOON.date(),
    )  # fmt: skip
    step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="sms")
    Variant.objects.create(step=step, body="Hi")

    made = copying.copy(campaign=campaign, by=manager)

    assert (made.state, made.schedule, made.next_wave_at, made.flow_key, made.launched_on) == (
        "draft", "once", None, "", None,
    )  # fmt: skip
    assert made.owner == manager
    assert made.steps.get().variants.get().body == "Hi"
    assert campaign.steps.get().pk == step.pk


def test_while_it_runs_only_what_is_safe_may_change(clinic, manager):
    campaign = CampaignFactory(state="running", budget_minor=100)
    same = changing.Change("Better name", None, 100, None)

    changed = changing.change_running(
        campaign=campaign, change=replace(same, budget_minor=200), by=manager, today=NOON.date()
    )

    assert (changed.name, changed.budget_minor) == ("Better name", 200)
    for wrong in (replace(same, budget_minor=50), replace(same, budget_minutes=60)):
        with pytest.raises(CampaignRefused):
            changing.change_running(campaign=campaign, change=wrong, by=manager, today=NOON.date())
    with pytest.raises(WrongState):
        changing.change_running(
            campaign=CampaignFactory(), change=same, by=manager, today=NOON.date()
        )


def test_removing_a_step_leads_on_to_what_followed(clinic):
    campaign = CampaignFactory()
    steps.draw_first_step(campaign=campaign)
    steps.add_step(campaign=campaign, plan=steps.StepPlan("wait", wait_days=3))
    steps.add_step(
        campaign=campaign,
        plan=steps.StepPlan("branch", condition="visited", next_if_yes=0, next_if_no=4),
    )
    steps.add_step(campaign=campaign, plan=steps.StepPlan("phone", script="Call."))

    steps.remove_step(campaign=campaign, number=2)

    rows = list(campaign.steps.values_list("number", "kind", "next_if_yes", "next_if_no"))
    assert rows == [(1, "message", None, None), (2, "branch", 0, 3), (3, "phone", None, None)]
    steps.move_step(campaign=campaign, number=3, by=-1)
    assert list(campaign.steps.values_list("kind", "next_if_no")) == [
        ("message", None), ("phone", None), ("branch", 2),
    ]  # fmt: skip


def test_variants_and_languages(clinic):
    campaign = CampaignFactory()
    steps.draw_first_step(campaign=campaign)
    words = steps.VariantWords("B", "zh-hans", 0, "你好", "您好")

    with pytest.raises(JourneyRefused, match="First write variant B"):
        steps.write_variant(campaign=campaign, number=1, words=words)
    steps.write_variant(campaign=campaign, number=1, words=replace(words, language="", share=40))
    steps.write_variant(campaign=campaign, number=1, words=words)

    assert campaign.steps.get().variants.count() == 3
    plain = campaign.steps.get().variants.get(name="B", language="")
    steps.remove_variant(campaign=campaign, number=1, variant_id=plain.pk)
    assert list(campaign.steps.get().variants.values_list("name", flat=True)) == ["A"]


def test_the_review_says_everything_before_a_launch(clinic, manager, reachable):
    chinese = reachable("王小明", language="zh-hans")
    english = reachable("Anna Smith", language="en")
    other = CampaignFactory(state="running")
    EnrolmentFactory(campaign=other, customer=chinese)
    campaign = CampaignFactory(message_cost_minor=5, offer_cost_minor=100)
    steps.draw_first_step(campaign=campaign)
    steps.add_step(campaign=campaign, plan=steps.StepPlan("message", channel="sms"))
    sms = steps.VariantWords("A", "", 100, "", "Hello {{ first_name }}")
    steps.write_variant(campaign=campaign, number=2, words=sms)

    seen = review(campaign=campaign, clinic=clinic, at=NOON)

    assert seen.problems == ()
    assert seen.forecast.n_to_send == 2
    assert (seen.cost.first_minor, seen.cost.most_minor, seen.cost.offer_minor) == (10, 20, 100)
    assert [(one.pk, n) for one, n in seen.overlaps] == [(other.pk, 1)]
    shown = {(one.step, one.language): one for one in seen.messages}
    assert {key: one.customer for key, one in shown.items()} == {
        (1, "zh-hans"): chinese, (1, "en"): english, (2, "zh-hans"): chinese, (2, "en"): english,
    }  # fmt: skip
    assert shown[2, "zh-hans"].parts.encoding == "UCS-2"
    assert shown[2, "en"].parts.n_parts == 1


def test_the_review_reckons_what_the_size_can_tell(clinic, reachable):
    for n in range(12):
        reachable(f"Customer {n}")
    campaign = CampaignFactory(holdout_rate=0.4, no_holdout_reason="")

    lift = review(campaign=campaign, clinic=clinic, at=NOON).lift

    assert lift.is_assumed
    assert lift.base_rate == 0.1
    assert lift.n_needed > 1_000
    assert lift.rise is not None and lift.rise > 0.5


def test_an_unfinished_journey_is_a_problem_and_no_error(clinic, manager, reachable):
    reachable()
    campaign = CampaignFactory()
    steps.draw_first_step(campaign=campaign)
    steps.add_step(campaign=campaign, plan=steps.StepPlan("message", channel="email"))

    seen = review(campaign=campaign, clinic=clinic, at=NOON)

    assert seen.problems == ("Step 2 says nothing yet. Write the message.",)
    with pytest.raises(JourneyRefused):
        launch.confirm(campaign=campaign, clinic=clinic, by=manager, at=NOON)
    assert Campaign.objects.get(pk=campaign.pk).state == "draft"
