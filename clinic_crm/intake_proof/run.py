"""The events on their way: through the real door, worked through by workers that may be killed."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from random import Random

from django.db import connection, connections
from django.test import RequestFactory, override_settings
from django.utils import timezone

from clinic_crm.intake_proof.history import Change
from clinic_crm.intake_proof.traffic import Traffic
from customers.models import IntakeRecord
from customers.services.inbound.applying import apply_readings
from customers.services.inbound.mapping import STANDARD
from customers.services.inbound.processing import process_batch
from customers.services.inbound.reading import Reading, read_event
from customers.services.inbound.replaying import replay
from customers.services.inbound.sources import open_source
from customers.webhooks import receive
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.webhook_signatures import signed_headers

BATCH = 200
POLL_BATCH = 500
NO_LIMIT = 10**9  # events a minute
MOST_STATEMENTS = (
    150  # of a worker that is killed; a batch takes some 75, so it is its first to third
)


class Proof:
    """One source of its own in this clinic, so that a run never meets another."""

    def __init__(self, clinic: Clinic, *, seed: int, batch: int = BATCH) -> None:
        self.clinic, self.batch, self.n_killed = clinic, batch, 0
        self.dice = Random(seed + 2)  # noqa: S311 a proof must be repeatable
        with clinic_scope(clinic.pk):
            name = f"proof {timezone.now():%Y%m%d-%H%M%S-%f}"
            self.secret, self.source = open_source(name=name)

    def send(self, changes: Iterable[Change]) -> None:
        """POST every event to the door, which takes it. Raises RuntimeError when it does not.

        A system that is told to come back in a minute does so; here nobody waits for that.
        """
        factory = RequestFactory()
        with override_settings(HOOKS_RATE_PER_MINUTE=NO_LIMIT):
            for change in changes:
                body = json.dumps(change.body, ensure_ascii=False).encode()
                headers = signed_headers(
                    [self.secret], message_id=change.event_id, sent_at=int(time.time()), body=body
                )
                request = factory.post("/", body, content_type="application/json", headers=headers)
                answer = receive(request, clinic=self.clinic.slug, token=self.source.token)
                if answer.status_code != HTTPStatus.ACCEPTED:
                    raise RuntimeError(f"{change.event_id}: {answer.content.decode()}")

    def work(self) -> None:
        """Work through all that waits, in this process."""
        with clinic_scope(self.clinic.pk, atomic=False):
            while process_batch(source_id=self.source.pk, at=timezone.now(), size=self.batch):
                pass

    def work_with_kills(self, n_kills: int) -> None:
        """The same by workers of which n_kills die by SIGKILL, each behind a statement of its own.

        One that has less to do than that many statements ends by itself and is not counted.
        """
        for _kill in range(n_kills):
            connections.close_all()  # a connection must not be shared with a child
            last = self.dice.randint(1, MOST_STATEMENTS)
            fork = multiprocessing.get_context("fork")
            worker = fork.Process(target=self._work_until, args=(last,))
            worker.start()
            worker.join()
            self.n_killed += worker.exitcode == -signal.SIGKILL
        self.work()

    def _work_until(self, last: int) -> None:
        """Work, and die as soon as the database has done that many statements."""
        n_done = 0

        def count(execute: Callable[..., object], *statement: object) -> object:
            nonlocal n_done
            answer = execute(*statement)
            n_done += 1
            if n_done == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        with connection.execute_wrapper(count):
            self.work()
        os._exit(0)

    def wake(self) -> None:
        """What waited for a record that was lost and polled: the sweeper's part, at once."""
        with clinic_scope(self.clinic.pk):
            waiting = IntakeRecord.objects.filter(source=self.source, state="waiting")
            replay(records=waiting, source=self.source)
        self.work()

    def poll(self, changes: Iterable[Change]) -> None:
        """What a script reads from the booking system's own API, newest state of each object."""
        now = {change.key: change for change in changes}
        readings = [reading for change in now.values() for reading in self._reading(change)]
        for start in range(0, len(readings), POLL_BATCH):
            with clinic_scope(self.clinic.pk):
                apply_readings(
                    source=self.source.name,
                    readings=readings[start : start + POLL_BATCH],
                    at=timezone.now(),
                )

    def _reading(self, change: Change) -> list[Reading]:
        return read_event(
            json.dumps(change.body).encode(),
            mapping=STANDARD,
            clinic=self.clinic,
            received_at=timezone.now(),
        )


def run(proof: Proof, changes: list[Change], seen: Traffic, *, n_kills: int) -> dict[str, float]:
    """Deliver in two halves with a poll between them, and one at the end; seconds a step.

    The poll in the middle brings objects that are newer than events still on their way.
    """
    half = len(seen.deliveries) // 2
    told = {change.event_id for change in seen.deliveries[:half]}
    lost = {change.key for change in seen.lost}
    so_far = [c for c in changes[: len(changes) // 2] if c.key in lost or c.event_id not in told]
    seconds: dict[str, float] = {"door": 0.0, "work": 0.0, "poll": 0.0}

    def timed(step: str, do: Callable[[], object]) -> None:
        started = time.monotonic()
        do()
        seconds[step] += time.monotonic() - started

    timed("door", lambda: proof.send(seen.deliveries[:half]))
    timed("work", lambda: proof.work_with_kills(n_kills))
    timed("poll", lambda: proof.poll(_newest(so_far, lost)))
    timed("door", lambda: proof.send(seen.deliveries[half:]))
    timed("work", lambda: proof.work_with_kills(n_kills))
    timed("poll", lambda: proof.poll(_newest(changes, lost)))
    timed("work", lambda: proof.wake())
    return seconds


def _newest(changes: list[Change], keys: set[tuple[str, str]]) -> list[Change]:
    """The newest state of these objects; customers first, whom the others name."""
    found = {change.key: change for change in changes if change.key in keys}
    return sorted(found.values(), key=lambda change: change.kind != "customer")
