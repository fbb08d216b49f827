"""A burst asks once for what works through all that waits, and nothing of the burst is missed."""

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as CacheIsAway

from tenancy import queue

TASK = "customers.process_source"
pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, dict]]:
    """Messages handed to the broker."""
    messages: list[tuple[str, dict]] = []
    monkeypatch.setattr(queue, "send", lambda task, arguments: messages.append((task, arguments)))
    cache.clear()
    return messages


def ask(capture, **arguments) -> None:
    with capture(execute=True):
        queue.enqueue_unless_asked(TASK, **arguments)


def test_a_burst_asks_once_and_again_as_soon_as_the_task_has_begun(
    clinic, sent, django_capture_on_commit_callbacks
):
    for _event in range(3):
        ask(django_capture_on_commit_callbacks, source_id=1)
    message = {"clinic_id": clinic.pk, "source_id": 1}
    assert sent == [(TASK, message)]
    queue.begin(TASK, **message)
    ask(django_capture_on_commit_callbacks, source_id=1)
    assert sent == [(TASK, message)] * 2


def test_each_source_and_clinic_is_asked_for_by_itself(
    clinic, other_clinic, in_clinic, sent, django_capture_on_commit_callbacks
):
    ask(django_capture_on_commit_callbacks, source_id=1)
    ask(django_capture_on_commit_callbacks, source_id=2)
    with in_clinic(other_clinic):
        ask(django_capture_on_commit_callbacks, source_id=1)
    assert [message for _task, message in sent] == [
        {"clinic_id": clinic.pk, "source_id": 1},
        {"clinic_id": clinic.pk, "source_id": 2},
        {"clinic_id": other_clinic.pk, "source_id": 1},
    ]


def test_without_the_cache_everything_is_asked_for(
    clinic, sent, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*_arguments, **_more):
        raise CacheIsAway

    monkeypatch.setattr(cache, "add", away)
    monkeypatch.setattr(cache, "delete", away)
    for _event in range(2):
        ask(django_capture_on_commit_callbacks, source_id=1)
        queue.begin(TASK, clinic_id=clinic.pk, source_id=1)
    assert len(sent) == 2
