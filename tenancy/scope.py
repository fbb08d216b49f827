"""The clinic scope: which clinic this thread or task is working for.

Two things travel together: a context variable for the loud wall in Python, and a
transaction-local Postgres setting for the silent wall of row security. The setting is
re-established by our database backend at every BEGIN, so it can never outlive a transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

from django.db import connection, transaction

from tenancy.exceptions import ClinicScopeConflict, NoClinicScope

CLINIC_SETTING = "clinic_crm.clinic_id"
USER_DOOR_SETTING = "clinic_crm.door_user_id"
KEY_DOOR_SETTING = "clinic_crm.door_key_prefix"
ACTOR_SETTING = "clinic_crm.actor"
SET_LOCAL = "SELECT set_config(%s, %s, true)"

_clinic_id: ContextVar[int | None] = ContextVar("clinic_id", default=None)
actor_text: ContextVar[str] = ContextVar("actor_text", default="")  # set by tenancy.acting
_door: ContextVar[tuple[str, int | str] | None] = ContextVar("door", default=None)


def open_clinic_id() -> int | None:
    """The clinic whose scope is open, or None."""
    return _clinic_id.get()


def current_clinic_id() -> int:
    """The clinic whose scope is open. Raises NoClinicScope when there is none."""
    clinic_id = _clinic_id.get()
    if clinic_id is None:
        raise NoClinicScope("Tenant data was asked for outside a clinic scope.")
    return clinic_id


@contextmanager
def clinic_scope(clinic_id: int, *, atomic: bool = True) -> Iterator[None]:
    """Work for one clinic until the block ends.

    atomic: one transaction for the whole block (a request, a short task). With False the block
        may commit step by step; every query must then stand in its own `transaction.atomic()`.
    Raises ClinicScopeConflict when another clinic's scope is already open.
    """
    already_open = _clinic_id.get()
    if already_open is not None and already_open != clinic_id:
        raise ClinicScopeConflict(f"Scope of clinic {clinic_id} asked for inside {already_open}'s.")
    if already_open is not None:
        with transaction.atomic() if atomic else nullcontext():
            yield
        return
    token = _clinic_id.set(clinic_id)
    try:
        with (
            _set_in_open_transaction(CLINIC_SETTING, clinic_id),
            transaction.atomic() if atomic else nullcontext(),
        ):
            yield
    finally:
        _clinic_id.reset(token)


@contextmanager
def door(setting: str, value: int | str) -> Iterator[None]:
    """Let a person or key see the rows that say which clinics they may enter, nothing else."""
    token = _door.set((setting, value))
    try:
        with _set_in_open_transaction(setting, value), transaction.atomic():
            yield
    finally:
        _door.reset(token)


@contextmanager
def _set_in_open_transaction(setting: str, value: int | str) -> Iterator[None]:
    """Bind a transaction that began before the scope, and unbind it again at the end.

    RELEASE SAVEPOINT keeps what was set inside it, so leaving is said explicitly.
    """
    if not connection.in_atomic_block:
        yield  # bind_new_transaction does it at BEGIN
        return
    with connection.cursor() as cursor:
        set_local(cursor, setting, value)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                set_local(cursor, setting, "")


def bind_new_transaction(cursor) -> None:
    """Called by the database backend right after BEGIN."""
    clinic_id, opened_door = _clinic_id.get(), _door.get()
    if clinic_id is not None:
        set_local(cursor, CLINIC_SETTING, clinic_id)
    if opened_door is not None:
        set_local(cursor, *opened_door)


def set_local(cursor, setting: str, value: int | str) -> None:
    """Set a transaction-local setting on a raw or Django cursor; with a clinic goes who acts."""
    if setting == CLINIC_SETTING:
        cursor.execute(
            "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
            (setting, str(value), ACTOR_SETTING, actor_text.get()),
        )
        return
    cursor.execute(SET_LOCAL, (setting, str(value)))
