"""References of the largest tables, checked once a statement instead of once a row.

A composite foreign key looks every row's target up by itself. Where rows come by the hundred
thousand (lines of sales, entries of a ledger) that alone took up to two fifths of a load. A model
that says `wall_bulk` gets the same guarantee from triggers: an INSERT of a few rows looks up each
target once and locks it `FOR KEY SHARE`, as the key would; one of many rows joins them to their
targets and shares one lock on the clinic's targets; a row that is pointed elsewhere is looked up by
itself; and a target that goes is refused at the commit while somebody points at it
(docs/decisions/0017-references-by-statement.md).

The functions run as whoever writes, under row security: another clinic's row is not there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

FEW = 500  # rows; for more a plan of their own is worth making


@dataclass(frozen=True)
class Reference:
    """(clinic_id, column) of a table → (clinic_id, id) of another.

    can_go: whether the target can be deleted or moved; what is only ever added needs no lock.
    """

    name: str
    table: str
    column: str
    target: str
    can_go: bool


@dataclass(frozen=True)
class Guard:
    """One trigger with its function, as it is to stand in the database.

    events: the trigger's definition, up to its function.
    """

    table: str
    name: str
    events: str
    body: str

    @property
    def statements(self) -> str:
        """Makes or renews both."""
        return f"""
CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql
AS $wall${self.body}$wall$;
DROP TRIGGER IF EXISTS {self.name} ON {self.table};
CREATE {self.events} EXECUTE FUNCTION {self.name}();
"""


def guards(references: Sequence[Reference], name: Callable[..., str]) -> Iterator[Guard]:
    """All triggers that stand for these references. name: makes a name of words."""
    for table in dict.fromkeys(reference.table for reference in references):
        own = [reference for reference in references if reference.table == table]
        yield _on_insert(table, own, name(table, "points"))
        yield _on_update(table, own, name(table, "points_elsewhere"))
    for target in dict.fromkeys(reference.target for reference in references):
        held = [reference for reference in references if reference.target == target]
        yield from _on_target(target, held, name(target, "goes"), name(target, "moves"))


_INSERT = """
DECLARE missing text; n_rows bigint; clinic bigint; last_clinic bigint; {numbers};
BEGIN
    SELECT count(*), min(clinic_id), max(clinic_id), {counts}
        INTO n_rows, clinic, last_clinic, {names} FROM rows_after;
    IF n_rows < {few} OR clinic <> last_clinic THEN {one_by_one}
    ELSE {holds}
        EXECUTE $many${together}$many$ INTO missing USING clinic;
    END IF;
    {refusals}
    RETURN NULL;
END """
# A sub-select with LIMIT is looked up for each of the few; joined, a kept plan may read a whole
# table of targets for a single row. In the order of their numbers: two statements that lock the
# same targets do it in one order.
_ONE_BY_ONE = """
        IF missing IS NULL AND n_{column} > 0 THEN
            SELECT CASE WHEN count(*) <> count(there.id) THEN '{column}' END INTO missing FROM (
                SELECT DISTINCT clinic_id, {column} AS id FROM rows_after
                WHERE {column} IS NOT NULL ORDER BY clinic_id, {column}
            ) AS named LEFT JOIN LATERAL (
                SELECT t.id FROM {target} t WHERE t.clinic_id = named.clinic_id AND t.id = named.id
                LIMIT 1 {lock}
            ) AS there ON true;
        END IF;"""
# All references in one reading of the new rows, which are wide. A target is there once or not.
_TOGETHER = "SELECT CASE {cases} END FROM rows_after {joins}"
_CASE = "WHEN count(rows_after.{column}) > count(of_{column}.id) THEN '{column}'"
_JOIN = """
            LEFT JOIN {target} of_{column}
                ON of_{column}.clinic_id = $1 AND of_{column}.id = rows_after.{column}"""
# Instead of a lock on each of many targets, one on all that the clinic has there: whoever writes
# rows that point at them shares it, whoever takes one of them away must have it alone.
_LOCK_NAME = "hashtextextended('wall:{target}:' || {clinic}, 0)"
_HOLD = f"""
        IF n_{{column}} > 0 THEN PERFORM pg_advisory_xact_lock_shared({_LOCK_NAME}); END IF;"""
_REFUSAL = """RAISE EXCEPTION '{table}.{column} points at no row of {target} in its clinic'
        USING ERRCODE = 'foreign_key_violation', TABLE = '{table}', CONSTRAINT = '{name}';"""


def _on_insert(table: str, references: Sequence[Reference], name: str) -> Guard:
    def each(text: str, between: str = "", of: Sequence[Reference] = references) -> str:
        return between.join(
            text.format(
                column=reference.column, target=reference.target, lock=_lock(reference),
                clinic="clinic", refusal=_refusal(reference),
            )
            for reference in of
        )  # fmt: skip

    body = _INSERT.format(
        few=FEW,
        numbers=each("n_{column} bigint", "; "),
        counts=each("count({column})", ", "),
        names=each("n_{column}", ", "),
        one_by_one=each(_ONE_BY_ONE),
        holds=each(_HOLD, of=[reference for reference in references if reference.can_go]),
        together=_TOGETHER.format(cases=each(_CASE, " "), joins=each(_JOIN)),
        refusals=each("IF missing = '{column}' THEN {refusal} END IF;", "\n    "),
    )
    return Guard(
        table,
        name,
        f"TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS rows_after"
        " FOR EACH STATEMENT",
        body,
    )


def _lock(reference: Reference) -> str:
    return "FOR KEY SHARE" if reference.can_go else ""


def _refusal(reference: Reference) -> str:
    return _REFUSAL.format(
        table=reference.table,
        column=reference.column,
        target=reference.target,
        name=reference.name,
    )


_UPDATE = """
BEGIN
    {checks}
    RETURN NULL;
END """
_ONE = """
    IF NEW.{column} IS NOT NULL THEN
        PERFORM FROM {target} WHERE clinic_id = NEW.clinic_id AND id = NEW.{column} {lock};
        IF NOT FOUND THEN {refusal} END IF;
    END IF;
"""


def _on_update(table: str, references: Sequence[Reference], name: str) -> Guard:
    checks = "".join(
        _ONE.format(
            column=reference.column,
            target=reference.target,
            lock=_lock(reference),
            refusal=_refusal(reference),
        )
        for reference in references
    )
    columns = ["clinic_id", *(reference.column for reference in references)]
    moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return Guard(
        table,
        name,
        f"TRIGGER {name} AFTER UPDATE ON {table} FOR EACH ROW WHEN ({moved})",
        _UPDATE.format(checks=checks),
    )


# At the commit, when the scope may be closed: the row's own clinic is looked at, and the setting
# left as it was. A target that stands again under its number is no loss.
_GOES = """
DECLARE scope text := current_setting('clinic_crm.clinic_id', true);
BEGIN
    PERFORM set_config('clinic_crm.clinic_id', OLD.clinic_id::text, true);
    PERFORM pg_advisory_xact_lock({lock});
    IF NOT EXISTS (SELECT FROM {target} WHERE clinic_id = OLD.clinic_id AND id = OLD.id) THEN
        {checks}
    END IF;
    PERFORM set_config('clinic_crm.clinic_id', coalesce(scope, ''), true);
    RETURN NULL;
END """
_HELD = """
        IF EXISTS (SELECT FROM {table} WHERE clinic_id = OLD.clinic_id AND {column} = OLD.id) THEN
            RAISE EXCEPTION 'a row of {target} is still pointed at by {table}.{column}'
                USING ERRCODE = 'foreign_key_violation', TABLE = '{table}', CONSTRAINT = '{name}';
        END IF;
"""


def _on_target(
    target: str, references: Sequence[Reference], goes: str, moves: str
) -> Iterator[Guard]:
    checks = "".join(
        _HELD.format(
            target=target, table=reference.table, column=reference.column, name=reference.name
        )
        for reference in references
    )
    lock = _LOCK_NAME.format(target=target, clinic="OLD.clinic_id")
    body = _GOES.format(target=target, checks=checks, lock=lock)
    late = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    moved = "OLD.clinic_id <> NEW.clinic_id OR OLD.id <> NEW.id"
    yield Guard(target, goes, f"CONSTRAINT TRIGGER {goes} AFTER DELETE ON {target} {late}", body)
    yield Guard(
        target,
        moves,
        f"CONSTRAINT TRIGGER {moves} AFTER UPDATE OF clinic_id, id ON {target} {late}"
        f" WHEN ({moved})",
        body,
    )
