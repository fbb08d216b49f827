"""A task that keeps a process busy, as an import of a million rows does."""

import time

from celery import shared_task

SECONDS = 90


@shared_task(name="bench.hold")
def hold() -> None:
    time.sleep(SECONDS)
