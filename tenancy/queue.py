"""Work that leaves the process: asked for by name, sent on commit, always with its clinic.

The message is a nudge; what is due stands in Postgres. A broker that is down costs time, not work.
"""

import logging
from contextlib import suppress
from functools import partial

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from tenancy.scope import current_clinic_id

logger = logging.getLogger(__name__)
ASKED_FOR_SECONDS = 15  # then a lost message is asked for once more


def enqueue(task: str, **arguments: int | str | list[int] | None) -> None:
    """Ask for a task of the current clinic, by name, when the transaction commits.

    arguments: ids and plain values; `clinic_id` is added here.
    """
    message = {"clinic_id": current_clinic_id(), **arguments}
    transaction.on_commit(partial(send, task, message), robust=False)


def enqueue_unless_asked(
    task: str, *, within_seconds: int = ASKED_FOR_SECONDS, **arguments: int | str
) -> None:
    """The same for a task that works through all that waits: asked for already and not begun yet,
    it is not asked for again. The task says `begin` before it looks at what waits.

    within_seconds: after so long a message counts as lost.
    """
    message = {"clinic_id": current_clinic_id(), **arguments}
    ask = partial(_send_unless_asked, task, message, within_seconds)
    transaction.on_commit(ask, robust=False)


def begin(task: str, **arguments: int | str) -> None:
    """From here on `enqueue_unless_asked` asks again. arguments: all of the task's."""
    with suppress(RedisError, OSError):
        cache.delete(_asked(task, arguments))


def _send_unless_asked(task: str, arguments: dict, within_seconds: int) -> None:
    try:
        is_first = cache.add(_asked(task, arguments), 1, timeout=within_seconds)
    except (RedisError, OSError):
        is_first = True
    if is_first:
        send(task, arguments)


def _asked(task: str, arguments: dict) -> str:
    return ":".join(["asked", task, *(f"{name}={arguments[name]}" for name in sorted(arguments))])


def send(task: str, arguments: dict) -> None:
    """Hand a task to the broker now. One that is down is logged; the sweeper finds the work."""
    try:
        current_app.send_task(task, kwargs=arguments)
    except (OperationalError, ConnectionError) as error:
        logger.warning("broker unreachable", extra={"task": task, "error": type(error).__name__})


def route_event(*kinds: str) -> None:
    """Nudge every task that listens to one of these kinds of event, once
    (`clinic_crm/event_routes.py`)."""
    routes = import_string(settings.EVENT_ROUTES)
    for task in dict.fromkeys(task for kind in sorted(kinds) for task in routes[kind]):
        enqueue(task)
