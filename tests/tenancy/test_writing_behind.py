"""Statements written behind keep their order, are seen by questions, and cannot fail unheard."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from customers.models import Tag
from customers.services.bulk_rows import insert_rows
from tenancy.acting import untracked
from tenancy.scope import ACTOR_SETTING
from tenancy.writing_behind import all_written, write, writing_behind
from tests.databases import committed_as_owner


def add(*names: str) -> None:
    insert_rows(Tag, [{"name": name, "kind": ""} for name in names])


def names() -> list[str]:
    return list(Tag.objects.order_by("name").values_list("name", flat=True))


def test_a_question_sees_what_was_written_before_it(clinic):
    with transaction.atomic(), writing_behind():
        add("a")
        write("SELECT pg_sleep(0.05)")
        add("b")
        assert names() == ["a", "b"]
        add("c")

    assert names() == ["a", "b", "c"]


def test_whoever_writes_does_not_wait(clinic):
    """The statement waits for a lock that is let go only once its writer has gone on."""
    with committed_as_owner() as somebody, transaction.atomic(), writing_behind():
        somebody.execute("SELECT pg_advisory_lock(77)")
        write("SELECT pg_advisory_xact_lock(77)")
        somebody.execute("SELECT pg_advisory_unlock(77)")
        all_written()
        add("a")

    assert names() == ["a"]


def test_what_fails_is_raised_by_the_next_question(clinic):
    with pytest.raises(IntegrityError), transaction.atomic(), writing_behind():
        add("a")
        add("a")
        add("b")
        assert names() == ["nobody gets here"]

    assert names() == []


def test_what_fails_is_raised_at_the_end_at_the_latest(clinic):
    with pytest.raises(IntegrityError), transaction.atomic(), writing_behind():
        add("a")
        add("a")

    assert names() == []


def test_savepoints_take_their_turn(clinic):
    with transaction.atomic(), writing_behind():
        add("a")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            add("b")
            raise ZeroDivisionError
        with transaction.atomic():
            add("c")

    assert names() == ["a", "c"]


def test_a_failure_inside_a_savepoint_takes_all_with_it(clinic):
    """It may be heard of only when the savepoint is over, so nothing may stay."""
    with pytest.raises(DatabaseError), transaction.atomic(), writing_behind():
        add("a")
        with transaction.atomic():
            add("a")
        with transaction.atomic():
            add("b")

    assert names() == []


def test_what_waits_is_given_up_when_the_block_is_left_by_an_error(clinic):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), writing_behind():
        write("SELECT pg_sleep(0.1)")
        write("SELECT pg_sleep(60)")
        raise ZeroDivisionError

    assert names() == []


def test_who_acts_is_said_in_turn(clinic):
    seen = f"current_setting('{ACTOR_SETTING}')"
    with transaction.atomic(), writing_behind():
        with untracked():
            write(
                f"INSERT INTO customers_tag (clinic_id, name, kind) SELECT {clinic.pk}, {seen}, ''"
            )
        write(
            "INSERT INTO customers_tag (clinic_id, name, kind)"
            f" SELECT {clinic.pk}, 'then ' || {seen}, ''"
        )

    assert names() == ["then ", "untracked"]


def test_outside_a_transaction_nothing_is_written_behind(monkeypatch):
    monkeypatch.setattr("tenancy.writing_behind.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(AssertionError), writing_behind():
        pass
