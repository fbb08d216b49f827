"""What a client does: it tries until it is answered, always with the same key."""

import time

import psycopg2
from django.db import InterfaceError, OperationalError, connection, connections
from django.utils import timezone

from clinic_crm.ledger_proof.world import Try, World
from loyalty.models import Account
from loyalty.services.adjustment import adjust
from loyalty.services.holds import capture_hold, place_hold, release_hold
from loyalty.services.redemption import give_points_back, redeem
from loyalty.services.transfers import transfer
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tenancy.scope import clinic_scope

PATIENCE = 60.0  # seconds for a server that is coming back
# The server went away or is not back yet; at BEGIN the driver says so itself.
GONE = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)


def answer(world: World, one: Try) -> str:
    """Do it, in a transaction of its own; "done" or the code of the refusal."""
    give_up_at = time.monotonic() + PATIENCE
    while True:
        try:
            with clinic_scope(world.clinic.pk), connection.cursor() as cursor:
                cursor.execute(
                    "SET LOCAL synchronous_commit = on"
                )  # throw-away servers have it off
                _DOES[one.kind](world, one)
            return "done"
        except DomainError as refusal:
            return refusal.code
        except GONE:
            connections.close_all()
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)


def _redeem(world: World, one: Try):
    return redeem(
        account=_account(one.account_id), points=one.points, on=_today(world),
        idempotency_key=one.key,
    )  # fmt: skip


def _give(world: World, one: Try) -> None:
    adjust(
        account=_account(one.account_id), points=one.points, on=_today(world), reason="Proof",
        idempotency_key=one.key,
    )  # fmt: skip


def _hold(world: World, one: Try) -> None:
    place_hold(
        account=_account(one.account_id), points=one.points, on=_today(world), at=timezone.now(),
        idempotency_key=one.key,
    )  # fmt: skip


def _capture(world: World, one: Try) -> None:
    _hold(world, one)
    capture_hold(idempotency_key=one.key, on=_today(world), at=timezone.now())


def _release(world: World, one: Try) -> None:
    _hold(world, one)
    release_hold(idempotency_key=one.key, at=timezone.now())


def _return(world: World, one: Try) -> None:
    entry = _redeem(world, one)
    half = max(one.points // 2, 1)
    give_points_back(redemption=entry, on=_today(world), idempotency_key=one.key, points=half)


def _transfer(world: World, one: Try) -> None:
    transfer(
        giver=_account(one.account_id), receiver=_account(one.other_id), points=one.points,
        on=_today(world), reason="Proof", idempotency_key=one.key,
    )  # fmt: skip


_DOES = {
    "redeem": _redeem, "give": _give, "capture": _capture, "release": _release,
    "return": _return, "transfer": _transfer,
}  # fmt: skip


def _account(account_id: int) -> Account:
    return Account.objects.select_related("programme").get(pk=account_id)


def _today(world: World):
    return local_day(world.clinic.zone, timezone.now())
