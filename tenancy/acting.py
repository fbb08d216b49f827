"""Whose work this is: said once where it comes in, and known to the database's change trail.

    with acting(f"key:{key.pk}", key.name), clinic_scope(key.clinic_id): ...

Like the clinic it travels as a transaction-local setting, so it never outlives its transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tenancy.scope import ACTOR_SETTING, SET_LOCAL, actor_text, open_clinic_id
from tenancy.writing_behind import write

LONGEST_LABEL = 160
UNTRACKED = "untracked"


@contextmanager
def acting(actor: str, label: str = "") -> Iterator[None]:
    """Everything until the block ends is the work of this one.

    actor: "member:7", "key:3", "import:12"; label: their name, for people to read.
    """
    printable = "".join(letter for letter in label if letter.isprintable())
    token = actor_text.set(f"{actor}|{printable[:LONGEST_LABEL]}" if actor != UNTRACKED else actor)
    try:
        _tell_open_transaction()
        yield
    finally:
        actor_text.reset(token)
        _tell_open_transaction()


@contextmanager
def untracked() -> Iterator[None]:
    """Changes inside leave no trail: an erasure, or a merge that tells its own story."""
    with acting(UNTRACKED):
        yield


def _tell_open_transaction() -> None:
    """A transaction that is yet to begin, or a scope yet to open, carries the setting by itself."""
    is_open = open_clinic_id() is not None and connection.in_atomic_block
    if is_open and not connection.needs_rollback:
        write(SET_LOCAL, (ACTOR_SETTING, actor_text.get()))
