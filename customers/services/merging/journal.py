"""What a merge did, row by row, in the order it was done; and how each is taken back.

An entry is a JSON list: [what, table, …]. Tables, columns and ids are our own, never a user's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.apps import apps

from customers.services.raw_rows import put_back, quoted, raw_rows, run, write_columns
from tenancy.models import TenantModel
from tenancy.scope import current_clinic_id

Entry = list[Any]
Values = Mapping[str, Any]


class Journal:
    """Does a step and remembers it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.n_moved = 0

    def move(self, model: type[TenantModel], column: str, ids: Sequence[int], to: int) -> None:
        """Let these rows refer to another customer."""
        if not ids:
            return
        came_from = _values_of(model, column, ids[0])
        run(
            f"UPDATE {quoted(model._meta.db_table)} SET {quoted(column)} = %s"  # noqa: S608
            " WHERE clinic_id = %s AND id = ANY(%s)",
            [to, current_clinic_id(), list(ids)],
        )
        self.n_moved += len(ids)
        self.entries.append(["moved", model._meta.label, column, came_from, to, list(ids)])

    def drop(self, model: type[TenantModel], ids: Sequence[int]) -> None:
        """Delete these rows, and keep all they said."""
        if not ids:
            return
        rows = raw_rows(model, ids)
        run(
            f"DELETE FROM {quoted(model._meta.db_table)}"  # noqa: S608 our own names
            " WHERE clinic_id = %s AND id = ANY(%s)",
            [current_clinic_id(), list(ids)],
        )
        self.entries.append(["dropped", model._meta.label, rows])

    def change(self, model: type[TenantModel], pk: int, values: Values) -> None:
        """Write columns of one row. values: as they stand in the table, JSON."""
        before = raw_rows(model, [pk])[0]
        changed = {name: value for name, value in values.items() if before[name] != value}
        if not changed:
            return
        write_columns(model, list(changed), [{"id": pk, **changed}])
        after = raw_rows(model, [pk])[0]
        self.entries.append(
            [
                "changed",
                model._meta.label,
                pk,
                {name: before[name] for name in changed},
                {name: after[name] for name in changed},
            ]
        )

    def made(self, model: type[TenantModel], ids: Sequence[int]) -> None:
        """These rows were made by the merge and go with its undo."""
        if ids:
            self.entries.append(["made", model._meta.label, list(ids)])

    def step(self, key: str, kept: Any) -> None:
        """What a registered step wants to know again."""
        self.entries.append(["step", key, kept])


def take_back(entry: Entry) -> int:
    """Undo one entry; how many rows had changed since and were left as they are."""
    what, label, *rest = entry
    return _TAKEN_BACK[what](apps.get_model(label), *rest)


def _move_back(model, column: str, came_from: int, to: int, ids: list[int]) -> int:
    n_moved = run(
        f"UPDATE {quoted(model._meta.db_table)} SET {quoted(column)} = %s"  # noqa: S608 ours
        f" WHERE clinic_id = %s AND id = ANY(%s) AND {quoted(column)} = %s",
        [came_from, current_clinic_id(), ids, to],
    )
    return len(ids) - n_moved


def _restore(model, rows: list[dict[str, Any]]) -> int:
    """Put rows back with their ids, but for those whose other references are gone."""
    return len(rows) - put_back(model, rows)


def _change_back(model, pk: int, before: dict[str, Any], after: dict[str, Any]) -> int:
    found = raw_rows(model, [pk])
    if not found:
        return 1
    untouched = {name: before[name] for name in before if found[0][name] == after[name]}
    if untouched:
        write_columns(model, list(untouched), [{"id": pk, **untouched}])
    return int(len(untouched) < len(before))


def _remove(model, ids: list[int]) -> int:
    n_gone = run(
        f"DELETE FROM {quoted(model._meta.db_table)}"  # noqa: S608 our own names
        " WHERE clinic_id = %s AND id = ANY(%s)",
        [current_clinic_id(), ids],
    )
    return len(ids) - n_gone


_TAKEN_BACK: Mapping[str, Callable[..., int]] = {
    "moved": _move_back,
    "dropped": _restore,
    "changed": _change_back,
    "made": _remove,
}


def _values_of(model: type[TenantModel], column: str, pk: int) -> Any:
    return raw_rows(model, [pk])[0][column]
