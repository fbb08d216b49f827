"""The journey: who does what next, once, also when workers die or work side by side."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import transaction

from campaigns.arms import choose
from campaigns.models import Campaign, Enrolment, Message, Step, Variant
from campaigns.services import changing, control, filling, freezing, journey
from campaigns.services.sending_hours import put_off_if_closed
from campaigns.services.variants import variant_key
from campaigns.services.words import words_of
from care.models import Task
from customers.services import consent
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import ContactPointFactory, CustomerFactory, SaleFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def message(campaign, number, *, channel="email", shares=(100,), **fields) -> Step:
    step = Step.objects.create(
        campaign=campaign, number=number, kind="message", channel=channel, **fields
    )
    for name, share in zip("ABC", shares, strict=False):
        Variant.objects.create(
            step=step,
            name=name,
            share=share,
            subject=f"{number}{name}",
            body=f"Text {number}{name}",
        )
    return step


def wait(campaign, number, days, **fields) -> Step:
    return Step.objects.create(
        campaign=campaign, number=number, kind="wait", wait_days=days, **fields
    )


def branch(campaign, number, condition, yes, no) -> Step:
    return Step.objects.create(
        campaign=campaign, number=number, kind="branch", condition=condition,
        next_if_yes=yes, next_if_no=no,
    )  # fmt: skip


def call(campaign, number, **fields) -> Step:
    return Step.objects.create(campaign=campaign, number=number, kind="phone", **fields)


def started(clinic, campaign) -> Campaign:
    """Frozen at noon and running."""
    freezing.freeze(campaign=campaign, clinic=clinic, at=NOON)
    campaign.state, campaign.launched_at, campaign.launched_on = "running", NOON, NOON.date()
    campaign.save()
    return campaign


def walk(campaign, **later) -> None:
    journey.advance(campaign_id=campaign.pk, at=NOON + timedelta(**later))


def steps_of(campaign) -> list[tuple[int, str]]:
    return list(campaign.messages.order_by("step", "pk").values_list("step", "channel"))


def test_first_message_at_launch_the_second_after_the_wait(clinic, reachable):
    reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 3), message(campaign, 3)
    started(clinic, campaign)

    walk(campaign, days=2, hours=23)
    assert steps_of(campaign) == [(1, "email")]
    walk(campaign, days=3)
    assert steps_of(campaign) == [(1, "email"), (3, "email")]
    one = campaign.enrolments.get()
    assert (one.step, one.due_at) == (0, None)


def test_waits_keep_the_hour_of_the_day_when_the_clocks_change(clinic, reachable):
    clinic.timezone = "Europe/London"
    clinic.save()
    at = datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/London"))  # the day before
    reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 1), message(campaign, 3)

    freezing.freeze(campaign=campaign, clinic=clinic, at=at)

    due = campaign.enrolments.get().due_at.astimezone(clinic.zone)
    assert (due.day, due.hour) == (29, 12)


def test_walking_again_or_after_a_kill_says_nothing_twice(clinic, reachable, monkeypatch):
    for n in range(3):
        reachable(f"Customer {n}")
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 1), message(campaign, 3)
    started(clinic, campaign)

    def dies(*_args, **_more):
        raise SystemExit("killed before the move")

    with monkeypatch.context() as patch:
        patch.setattr(journey, "_move", dies)
        with pytest.raises(SystemExit), transaction.atomic():
            walk(campaign, days=1)
    assert not campaign.messages.filter(step=3).exists()
    for _again in range(3):
        walk(campaign, days=1)

    assert campaign.messages.filter(step=3).count() == 3


def test_a_step_in_another_sweepers_hands_is_left_to_it(clinic, reachable, monkeypatch):
    """The second finds nothing due: the first has moved everybody before it lets go."""
    reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 1), message(campaign, 3)
    started(clinic, campaign)
    fill = filling.fill_outbox

    def fill_and_meet_the_other(**asked):
        n = fill(**asked)
        journey._move([], None, clinic, acted_at=None)
        return n

    monkeypatch.setattr(journey, "fill_outbox", fill_and_meet_the_other)
    walk(campaign, days=1)
    walk(campaign, days=1)

    assert campaign.messages.filter(step=3).count() == 1


def test_a_branch_parts_those_who_came_from_those_who_did_not(clinic, reachable):
    came, stayed_away = reachable("Came"), reachable("Stayed")
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 7), branch(campaign, 3, "visited", 0, 4)
    message(campaign, 4)
    started(clinic, campaign)
    SaleFactory(customer=came, on=date(2026, 5, 3))

    walk(campaign, days=7)

    assert list(campaign.messages.filter(step=4).values_list("customer", flat=True)) == [
        stayed_away.pk
    ]
    assert not campaign.enrolments.exclude(left_reason="").exists()


@pytest.mark.parametrize(
    ("condition", "fact", "expected"),
    [
        ("opened", "opened_at", True),
        ("opened", "clicked_at", True),
        ("opened", "", False),
        ("replied", "replied_at", True),
        ("replied", "opened_at", False),
        ("nothing", "", True),
        ("nothing", "opened_at", False),
    ],
)
def test_a_branch_looks_at_reports_of_the_messages(clinic, reachable, condition, fact, expected):
    reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 1), branch(campaign, 3, condition, 4, 0)
    message(campaign, 4)
    started(clinic, campaign)
    if fact:
        campaign.messages.update(**{fact: NOON + timedelta(hours=1)})

    walk(campaign, days=1)

    assert campaign.messages.filter(step=4).exists() is expected


def test_a_call_that_reached_them_is_a_reply(clinic, reachable):
    customer = reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 1), branch(campaign, 3, "replied", 4, 0)
    message(campaign, 4)
    started(clinic, campaign)
    Task.objects.create(
        customer=customer, intent=f"campaign:{campaign.pk}:1", due_on=NOON.date(),
        outcome="reached", done_at=NOON + timedelta(hours=2),
    )  # fmt: skip

    walk(campaign, days=1)

    assert campaign.messages.filter(step=4).exists()


def test_who_comes_back_leaves_the_journey(clinic, reachable):
    customer = reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 7), message(campaign, 3)
    started(clinic, campaign)
    SaleFactory(customer=customer, on=date(2026, 5, 3))

    walk(campaign, days=7)

    one = campaign.enrolments.get()
    assert (one.left_reason, one.due_at) == ("returned", None)
    assert steps_of(campaign) == [(1, "email")]


def test_who_opts_out_leaves_the_journey(clinic, reachable):
    customer = reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 7), message(campaign, 3)
    started(clinic, campaign)
    consent.withdraw(
        customer=customer, purpose="marketing", channel="email",
        at=NOON + timedelta(days=1), source="desk",
    )  # fmt: skip

    walk(campaign, days=7)

    assert campaign.enrolments.get().left_reason == "opted_out"


def test_cancelling_ends_every_journey_and_pausing_none(clinic, reachable, manager):
    reachable()
    campaign = CampaignFactory()
    message(campaign, 1), wait(campaign, 2, 7), message(campaign, 3)
    started(clinic, campaign)

    control.pause(campaign=campaign, by=manager)
    walk(campaign, days=8)
    assert steps_of(campaign) == [(1, "email")]
    assert campaign.enrolments.get().due_at is not None
    control.cancel(campaign=campaign, by=manager)

    assert campaign.enrolments.get().left_reason == "cancelled"


def test_too_late_is_not_said_after_the_outcome_window(clinic, reachable):
    reachable()
    campaign = CampaignFactory(outcome_window_days=10)
    message(campaign, 1), wait(campaign, 2, 7), message(campaign, 3)
    started(clinic, campaign)

    walk(campaign, days=11)

    assert campaign.enrolments.get().left_reason == "too_late"


def test_a_used_up_budget_ends_the_journey(clinic, reachable):
    reachable()
    campaign = CampaignFactory(message_cost_minor=10, budget_minor=15)
    message(campaign, 1), wait(campaign, 2, 1), message(campaign, 3)
    started(clinic, campaign)
    campaign.messages.update(state="sent", sent_at=NOON, claimed_at=NOON)

    walk(campaign, days=1)

    assert campaign.enrolments.get().left_reason == "over_budget"
    campaign.refresh_from_db()
    assert campaign.stopped_by_budget_at is not None
    assert steps_of(campaign) == [(1, "email")]


def test_a_raised_budget_lets_the_journey_go_on_where_it_stood(clinic, reachable, manager):
    reachable()
    campaign = CampaignFactory(message_cost_minor=10, budget_minor=15)
    message(campaign, 1), wait(campaign, 2, 1), message(campaign, 3)
    started(clinic, campaign)
    campaign.messages.update(state="sent", sent_at=NOON, claimed_at=NOON)
    walk(campaign, days=1)
    change = changing.Change(campaign.name, None, 100, None)

    changing.change_running(campaign=campaign, change=change, by=manager, today=NOON.date())
    campaign.enrolments.update(due_at=NOON)  # now, by the database's clock
    walk(campaign, days=1)

    assert steps_of(campaign) == [(1, "email"), (3, "email")]
    assert campaign.enrolments.get().left_reason == ""


def test_messages_left_out_for_want_of_money_wait_again(clinic, reachable, manager):
    reachable()
    campaign = CampaignFactory(message_cost_minor=10, budget_minor=10)
    started(clinic, campaign)
    campaign.messages.update(state="skipped", skip_reason="over_budget")
    change = changing.Change(campaign.name, None, 20, None)

    changing.change_running(campaign=campaign, change=change, by=manager, today=NOON.date())

    assert campaign.messages.get().state == "queued"


def test_a_call_becomes_an_intent_to_the_phone(clinic):
    customer = CustomerFactory()
    ContactPointFactory(customer=customer, kind="phone", value="+8613800000001")
    campaign = CampaignFactory()
    call(campaign, 1, script="Ask how it went.")
    started(clinic, campaign)

    assert list(campaign.messages.values_list("channel", "address", "state")) == [
        ("phone", "+8613800000001", "queued")
    ]


def test_the_send_window_puts_messages_off_to_its_next_hour(clinic, reachable):
    reachable()
    campaign = CampaignFactory(send_from_hour=9, send_until_hour=11, send_days="12345")
    freezing.freeze(campaign=campaign, clinic=clinic, at=NOON)  # a Friday, after eleven

    due = campaign.messages.get().due_at.astimezone(clinic.zone)
    assert (due.isoweekday(), due.hour) == (1, 9)


def test_what_waited_beyond_the_send_window_is_put_off(clinic, reachable):
    reachable()
    campaign = CampaignFactory(send_from_hour=9, send_until_hour=13)
    started(clinic, campaign)

    assert not put_off_if_closed(campaign_id=campaign.pk, at=NOON)
    assert put_off_if_closed(campaign_id=campaign.pk, at=NOON + timedelta(hours=1))

    due = campaign.messages.get().due_at.astimezone(clinic.zone)
    assert (due.day, due.hour) == (2, 9)


def test_variants_in_the_database_are_those_of_the_pure_function(clinic):
    customers = [CustomerFactory() for _ in range(80)]
    campaign = CampaignFactory(holdout_rate=0.2)
    message(campaign, 1, shares=(50, 30, 20))
    started(clinic, campaign)

    ids = np.array([customer.pk for customer in customers])
    places = choose(variant_key(campaign, 1), ids, (50, 30, 20))
    expected = {pk: "ABC"[place] for pk, place in zip(ids.tolist(), places.tolist(), strict=True)}
    got = dict(campaign.messages.values_list("customer", "variant__name"))
    assert got == {pk: expected[pk] for pk in got}
    assert set(got.values()) == set("ABC")
    enrolled = campaign.enrolments.filter(arm="treated").values_list("customer", "variant__name")
    assert dict(enrolled) == got
    assert not campaign.enrolments.filter(arm="holdout", variant__isnull=False).exists()


def test_a_variant_is_one_whatever_the_language(clinic, reachable):
    chinese = reachable("Wang", language="zh-hans")
    campaign = CampaignFactory()
    step = message(campaign, 1)
    plain = step.variants.get()
    Variant.objects.create(step=step, name="A", language="zh-hans", subject="你好", body="你好")
    started(clinic, campaign)

    assert campaign.messages.get(customer=chinese).variant == plain
    assert words_of(campaign)[1, plain.pk].said_in("zh-hans") == ("你好", "你好")


def test_a_call_says_its_script(clinic):
    campaign = CampaignFactory()
    call(campaign, 2, script="Ask how it went.")

    assert words_of(campaign)[2, None].body == "Ask how it went."


def test_a_held_out_customer_never_moves(clinic, reachable):
    for n in range(30):
        reachable(f"Customer {n}")
    campaign = CampaignFactory(holdout_rate=0.5)
    wait(campaign, 1, 1), message(campaign, 2)
    started(clinic, campaign)

    walk(campaign, days=1)

    held = campaign.enrolments.filter(arm=Enrolment.Arm.HOLDOUT)
    assert held.count() > 0
    assert not held.exclude(step=0, due_at=None).exists()
    assert Message.objects.count() == campaign.enrolments.filter(arm="treated").count()
