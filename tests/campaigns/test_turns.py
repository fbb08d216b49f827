"""A campaign of many messages sends in turns, and leaves their turns to others."""

from itertools import count

import pytest
from django.core.cache import cache
from django.utils import timezone

from campaigns.models import Campaign, Message
from campaigns.services import claiming, dispatch, expansion, sweep
from campaigns.tasks import send_due
from tenancy import queue
from tests.conftest import outside_scope
from tests.factories.campaigns import CampaignFactory


@pytest.fixture
def waiting(monkeypatch):
    """The queue of one worker: tasks that were asked for, the first first."""
    asked: list[tuple[str, dict]] = []
    monkeypatch.setattr(queue, "send", lambda task, arguments: asked.append((task, arguments)))
    cache.clear()
    return asked


@pytest.fixture
def short_turns(monkeypatch):
    """Two messages a claim, and a clock by which one claim uses up a turn."""
    monkeypatch.setattr(claiming, "CHUNK", 2)
    ticks = count(step=8)
    monkeypatch.setattr(dispatch.time, "monotonic", lambda: next(ticks))


def of(waiting: list, campaign: Campaign) -> list:
    return [one for one in waiting if one[1].get("campaign_id") == campaign.pk]


def turn(waiting: list, capture) -> int:
    """The worker takes the next task; the campaign it was for."""
    _task, arguments = waiting.pop(0)
    with capture(execute=True), outside_scope():
        send_due(**arguments)
    return arguments["campaign_id"]


def test_one_turn_waits_however_often_the_sweeper_looks(
    clinic, reachable, inbox, waiting, short_turns, django_capture_on_commit_callbacks
):
    clinic.quiet_until_hour = clinic.quiet_from_hour
    clinic.save()
    for n in range(16):
        reachable(f"Customer {n}")
    many = CampaignFactory(state="launching", respects_quiet_hours=False)
    with django_capture_on_commit_callbacks(execute=True):
        expansion.expand(campaign_id=many.pk, clinic=clinic, at=timezone.now())
    few = None
    order = []
    for _turn in range(5):
        with django_capture_on_commit_callbacks(execute=True):
            sweep.sweep(clinic=clinic, at=timezone.now())
            sweep.sweep(clinic=clinic, at=timezone.now())
        if _turn == 2:
            few = Campaign.objects.create(name="Few", segment=many.segment, state="running")
            waiting.append((dispatch.TASK, {"clinic_id": clinic.pk, "campaign_id": few.pk}))
        assert len(of(waiting, many)) == 1
        order.append(turn(waiting, django_capture_on_commit_callbacks))

    assert few.pk in order[2:5]
    assert Message.objects.filter(campaign=many, state="sent").count() >= 3
