"""Work that leaves the process: asked for by name, sent on commit, always with its clinic.

The message is a nudge; what is due stands in Postgres. A broker that is down costs time, not work.
"""

import logging
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from tenancy.scope import current_clinic_id

logger = logging.getLogger(__name__)


def enqueue(task: str, **arguments: int | str | list[int] | None) -> None:
    """Ask for a task of the current clinic, by name, when the transaction commits.

    arguments: ids and plain values; `clinic_id` is added here.
    """
    message = {"clinic_id": current_clinic_id(), **arguments}
    transaction.on_commit(partial(send, task, message), robust=False)


def send(task: str, arguments: dict) -> None:
    """Hand a task to the broker now. One that is down is logged; the sweeper finds the work."""
    try:
        current_app.send_task(task, kwargs=arguments)
    except (OperationalError, ConnectionError) as error:
        logger.warning("broker unreachable", extra={"task": task, "error": type(error).__name__})


def route_event(kind: str) -> None:
    """Nudge every task that listens to this kind of event (`clinic_crm/event_routes.py`)."""
    for task in import_string(settings.EVENT_ROUTES)[kind]:
        enqueue(task)
