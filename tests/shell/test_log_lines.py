"""What goes into the log when something breaks: where and why, never about whom."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic_crm.request_log import JsonFormatter

CANARY = "Xerxesiana"


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger of the project's own form, and what it wrote."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("tests.log_lines")
    logger.addHandler(handler)
    yield logger, text
    logger.removeHandler(handler)


def same_name_twice() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE people (name text UNIQUE) ON COMMIT DROP")
        cursor.execute("INSERT INTO people VALUES (%s), (%s)", [f"{CANARY}\n\nLi"] * 2)


@pytest.mark.django_db
def test_an_error_of_the_database_is_told_without_the_row(written):
    logger, text = written
    try:
        try:
            same_name_twice()
        except IntegrityError as error:
            assert CANARY in str(error)
            raise RuntimeError("the second one") from error
    except RuntimeError:
        logger.exception("it broke")
    line = json.loads(text.getvalue())
    assert CANARY not in text.getvalue()
    assert "duplicate key value violates unique constraint" in line["traceback"]
    assert "the second one" in line["traceback"]


@pytest.mark.django_db
def test_a_failed_task_is_told_without_its_row_and_arguments(written):
    logger, text = written
    with pytest.raises(DatabaseError) as caught:
        same_name_twice()
    context = {"exc": repr(caught.value), "kwargs": {"name": CANARY}, "name": "customers.run"}
    logger.error("Task %(name)s raised unexpected: %(exc)s", context, extra={"data": context})
    assert "Task customers.run raised unexpected" in text.getvalue()
    assert CANARY not in text.getvalue()
