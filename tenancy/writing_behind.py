"""Writing behind: Postgres executes what is made while Python makes the next.

    Python     ask │ make A │ make B │ make C │ read on │ … ask …
                            ↓        ↓        ↓         ↑ once all is written
    Postgres            ·   │ write A   │ write B │ write C    │

    with transaction.atomic(), writing_behind():
        write("INSERT …", parameters)

One connection, one transaction, one order: a thread executes what `write` was given, and whoever
asks the connection anything waits for it, so a question sees all that was written before it.
Savepoints take their turn among the statements. What fails is raised by the next question, at the
latest where the block ends: nothing can be committed past it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from threading import Condition, Thread
from typing import Any

from django.db import connection

# Of these nobody reads an answer.
IN_TURN = ("SAVEPOINT ", "RELEASE SAVEPOINT ")
Parameters = Sequence[Any] | Mapping[str, Any] | None
Statement = tuple[str, Parameters]


class _Pen:
    """Executes statements in their order, in a thread of its own, until one fails."""

    def __init__(self, connected: Any) -> None:
        self._connected = connected  # as psycopg knows it: Django's belong to one thread
        self._waiting: SimpleQueue[Statement | None] = SimpleQueue()
        self._n_given = self._n_done = 0
        self._is_done = Condition()
        self._error: Exception | None = None
        self._thread = Thread(target=self._write_all, name="writing-behind", daemon=True)
        self._thread.start()

    def write(self, statement: str, parameters: Parameters) -> None:
        self._n_given += 1
        self._waiting.put((statement, parameters))

    def finish(self) -> None:
        """Wait until all is written. Raises what failed, once."""
        with self._is_done:
            self._is_done.wait_for(lambda: self._n_done == self._n_given)
            error, self._error = self._error, None
        if error is not None:
            with connection.wrap_database_errors:
                raise error

    def put_down(self) -> None:
        """Write nothing more: what waits is given up, what is being written ends."""
        with suppress(Empty):
            while True:
                self._waiting.get_nowait()
        self._waiting.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        with self._connected.cursor() as cursor:
            while (statement := self._waiting.get()) is not None:
                error = None if self._error else _failing(cursor, statement)
                with self._is_done:
                    self._error = self._error or error
                    self._n_done += 1
                    self._is_done.notify()

    def take_turns(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        """Around every other statement of the connection."""
        if not many and sql.startswith(IN_TURN):
            return self.write(sql, parameters)
        self.finish()
        return execute(sql, parameters, many, context)


_pen: ContextVar[_Pen | None] = ContextVar("pen", default=None)


def _failing(cursor: Any, statement: Statement) -> Exception | None:
    try:
        cursor.execute(*statement)
    except Exception as error:
        return error
    return None


@contextmanager
def writing_behind() -> Iterator[None]:
    """Inside an open transaction: what is written until the block ends is written behind."""
    assert connection.in_atomic_block, "nobody commits what is written outside a transaction"
    pen = _Pen(connection.connection)
    token = _pen.set(pen)
    try:
        with connection.execute_wrapper(pen.take_turns):
            yield
            pen.finish()
    finally:
        _pen.reset(token)
        pen.put_down()


def write(statement: str, parameters: Parameters = None) -> None:
    """Execute a statement whose answer nobody reads: in its turn where we write behind, or now."""
    if (pen := _pen.get()) is not None:
        pen.write(statement, parameters)
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def all_written() -> None:
    """Wait until what was given so far is written. Raises what failed."""
    if (pen := _pen.get()) is not None:
        pen.finish()
