"""Looks at the database's catalogue for holes in the walls between clinics.

It reads what Postgres holds, not what `tenancy.walls` meant to build, so a policy dropped by hand,
a new view or a granted privilege is found. Run by `manage.py check_walls` and by the tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tenancy.walls import (
    CLINIC_FUNCTION,
    app_role,
    bulk_guards,
    global_models,
    names_its_clinic,
    referenced_models,
    standing_guards,
    tenant_models,
    tenant_references,
    wall_name,
)

FORBIDDEN_PRIVILEGES = ("TRUNCATE", "REFERENCES", "TRIGGER")
OTHER_TABLES = frozenset({"django_migrations"})


@dataclass(frozen=True)
class Hole:
    """One way through the walls: where it is and what it is."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def find_holes(connection) -> list[Hole]:
    """Every hole in the current database, ordered by place; an empty list is a sound wall."""
    finders = (
        _tables_without_policy,
        _policies_that_differ,
        _missing_composite_keys,
        _guards_that_differ,
        _references_that_cross,
        _uniqueness_that_tells,
        _tables_of_nobody,
        _role_that_may_too_much,
        _privileges_beyond_rows,
        _code_that_runs_as_another,
        _settings_that_outlive,
    )
    with connection.cursor() as cursor:
        holes = [hole for find in finders for hole in find(cursor)]
    return sorted(holes, key=str)


def _rows(cursor, query: str, parameters: tuple | list = ()) -> list[tuple]:
    cursor.execute(query, parameters)
    return cursor.fetchall()


def _tenant_tables() -> list[str]:
    return [model._meta.db_table for model in tenant_models()]


def _tables_without_policy(cursor) -> Iterator[Hole]:
    """Row security must be on and forced, for partitions too."""
    query = """
        SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND (relname = ANY(%s) OR relname = 'tenancy_clinic'
               OR EXISTS (SELECT 1 FROM pg_attribute
                          WHERE attrelid = pg_class.oid AND attname = 'clinic_id'))
    """
    found = {name: (on, forced) for name, on, forced in _rows(cursor, query, [_tenant_tables()])}
    for table in [*_tenant_tables(), *found]:
        if table not in found:
            yield Hole(table, "the table is missing")
    for table, (on, forced) in found.items():
        if not on:
            yield Hole(table, "row security is off")
        if not forced:
            yield Hole(table, "row security is not forced on the owner")


def _policies_that_differ(cursor) -> Iterator[Hole]:
    """Exactly the wall, and the door where the model names one."""
    query = """
        SELECT tablename, policyname, permissive, cmd, coalesce(qual, ''), coalesce(with_check, '')
        FROM pg_policies WHERE schemaname = 'public' AND tablename <> 'tenancy_clinic'
    """
    expected = f"(clinic_id = ( SELECT {CLINIC_FUNCTION}() AS {CLINIC_FUNCTION}))"
    doors = {model._meta.db_table for model in tenant_models() if model.wall_door}
    walled = set()
    for table, policy, permissive, command, using, check in _rows(cursor, query):
        if policy == "wall":
            walled.add(table)
            if (permissive, command, using, check) != ("PERMISSIVE", "ALL", expected, expected):
                yield Hole(table, f"the wall policy is not {expected} for reading and writing")
        elif not (policy == "door" and table in doors and command == "SELECT"):
            yield Hole(table, f"policy {policy} lets rows through that the wall would not")
    for table in sorted(set(_tenant_tables()) - walled):
        yield Hole(table, "the wall policy is missing")


def _missing_composite_keys(cursor) -> Iterator[Hole]:
    """(clinic_id, x_id) → (clinic_id, id) for every reference, its target key, or the clinic's."""
    present = {name for (name,) in _rows(cursor, "SELECT conname FROM pg_constraint")}
    referenced = referenced_models()
    for model in tenant_models():
        table = model._meta.db_table
        if model in referenced and wall_name(table, "key") not in present:
            yield Hole(table, "UNIQUE (clinic_id, id) is missing")
        if names_its_clinic(model) and wall_name(table, "clinic") not in present:
            yield Hole(table, "the key to the clinics is missing")
        for field in () if model.wall_bulk else tenant_references(model):
            if wall_name(table, field.column) not in present:
                yield Hole(f"{table}.{field.column}", "the composite foreign key is missing")


def _guards_that_differ(cursor) -> Iterator[Hole]:
    """Where rows come in bulk, triggers stand for the composite keys: each there, on and whole."""
    standing = standing_guards(cursor)
    for guard in bulk_guards():
        if standing.get((guard.table, guard.name)) != guard.body:
            yield Hole(guard.table, f"the trigger {guard.name} is missing, off or another")


def _references_that_cross(cursor) -> Iterator[Hole]:
    """A foreign key between tenant tables without the clinic in it accepts another clinic's row."""
    query = """
        SELECT source.relname, conname FROM pg_constraint
        JOIN pg_class source ON source.oid = conrelid
        JOIN pg_class target ON target.oid = confrelid
        WHERE contype = 'f' AND source.relname = ANY(%(tenant)s)
          AND target.relname = ANY(%(tenant)s)
          AND NOT EXISTS (SELECT 1 FROM pg_attribute
                          WHERE attrelid = conrelid AND attnum = conkey[1]
                            AND attname = 'clinic_id')
    """
    for table, name in _rows(cursor, query, {"tenant": _tenant_tables()}):
        yield Hole(table, f"foreign key {name} could cross clinics")


def _uniqueness_that_tells(cursor) -> Iterator[Hole]:
    """A unique index that does not start with the clinic tells one clinic what another has."""
    query = """
        SELECT table_.relname, index_.relname, column_.attname FROM pg_index
        JOIN pg_class table_ ON table_.oid = indrelid
        JOIN pg_class index_ ON index_.oid = indexrelid
        LEFT JOIN pg_attribute column_ ON column_.attrelid = indrelid AND column_.attnum = indkey[0]
        WHERE indisunique AND NOT indisprimary AND table_.relname = ANY(%s)
    """
    exempt = {
        (model._meta.db_table, name)
        for model in tenant_models()
        for name in getattr(model, "wall_global_unique", ())
    }
    for table, index, first in _rows(cursor, query, [_tenant_tables()]):
        if first != "clinic_id" and (table, first) not in exempt:
            yield Hole(table, f"unique index {index} does not start with the clinic")


def _tables_of_nobody(cursor) -> Iterator[Hole]:
    """Tables, views and materialised views the registry does not know."""
    known = set(_tenant_tables()) | {model._meta.db_table for model in global_models()}
    query = """
        SELECT relname, relkind, coalesce(reloptions::text, '') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
    """
    for name, kind, options in _rows(cursor, query):
        if kind == "m":
            yield Hole(name, "a materialised view keeps rows of all clinics without row security")
        elif kind == "v" and "security_invoker=true" not in options:
            yield Hole(name, "a view without security_invoker reads as its owner")
        elif kind in "rpf" and name not in known | OTHER_TABLES:
            yield Hole(name, "a table no model of ours stands for")


def _role_that_may_too_much(cursor) -> Iterator[Hole]:
    role = app_role()
    query = """
        SELECT rolsuper, rolbypassrls, rolcreaterole,
               EXISTS (SELECT 1 FROM pg_auth_members WHERE member = pg_roles.oid),
               EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid
                       AND relnamespace = 'public'::regnamespace)
        FROM pg_roles WHERE rolname = %s
    """
    wrongs = ("is a superuser", "bypasses row security", "may create roles", "belongs to a role",
              "owns tables")  # fmt: skip
    rows = _rows(cursor, query, [role])
    if not rows:
        yield Hole(role, "the application's role does not exist")
    for flags in rows:
        for is_so, wrong in zip(flags, wrongs, strict=True):
            if is_so:
                yield Hole(role, f"the application's role {wrong}")


def _privileges_beyond_rows(cursor) -> Iterator[Hole]:
    """TRUNCATE, REFERENCES and TRIGGER are not governed by row security; appends stay appends."""
    query = """
        SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE table_schema = 'public' AND grantee IN (%s, 'PUBLIC')
    """
    allowed = {
        model._meta.db_table: {*model.wall_privileges, "MAINTAIN"} for model in tenant_models()
    }
    for table, privilege in _rows(cursor, query, [app_role()]):
        too_much = table in allowed and privilege not in allowed[table]
        if privilege in FORBIDDEN_PRIVILEGES or too_much:
            yield Hole(table, f"the application's role may {privilege}")


def _code_that_runs_as_another(cursor) -> Iterator[Hole]:
    query = """
        SELECT proname FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    """
    for (name,) in _rows(cursor, query):
        yield Hole(name, "a SECURITY DEFINER function reads as its owner")


def _settings_that_outlive(cursor) -> Iterator[Hole]:
    """A clinic set for a role, a database or this session would survive its transaction."""
    query = "SELECT unnest(setconfig) FROM pg_db_role_setting"
    for (text,) in _rows(cursor, query):
        if text.startswith(("clinic_crm.", "row_security")):
            yield Hole(text.split("=")[0], "is set for a role or database and outlives requests")
