"""The silent wall: row security, grants and composite keys, derived from the model registry.

`build` brings the database to what the registry asks for and changes nothing when it is there
already; it runs after every migration, as the owner. `tenancy.wall_lint` looks at the catalogue
with the eyes of a stranger and trusts nothing of this module but the list of tenant models.
"""

import hashlib
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connections, models

from tenancy.models.base import TenantForeignKey, TenantModel
from tenancy.scope import CLINIC_SETTING
from tenancy.wall_references import Guard, Reference, guards

CLINIC_FUNCTION = "tenancy_clinic_id"
CLINIC_POLICY = f"clinic_id = (SELECT {CLINIC_FUNCTION}())"

_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION {CLINIC_FUNCTION}() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY INVOKER
AS $$ SELECT nullif(current_setting('{CLINIC_SETTING}', true), '')::bigint $$;
"""


def tenant_models() -> list[type[TenantModel]]:
    """Every concrete tenant model of every app, in a stable order."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, TenantModel) and model._meta.managed
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def tenant_references(model: type[TenantModel]) -> list[TenantForeignKey]:
    """The model's references to other tenant tables."""
    return [field for field in model._meta.local_fields if isinstance(field, TenantForeignKey)]


def referenced_models() -> set[type[TenantModel]]:
    """The tenant models that another one, or they themselves, refer to."""
    return {field.related_model for model in tenant_models() for field in tenant_references(model)}


def names_its_clinic(model: type[TenantModel]) -> bool:
    """Whether the table needs a key to the clinics: no reference says already that there is one."""
    return all(field.null for field in tenant_references(model))


def wall_name(*parts: str) -> str:
    """A constraint name that is stable, readable and within Postgres' 63 bytes."""
    readable = "_".join(parts)
    digest = hashlib.md5(readable.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"wall_{readable[:48]}_{digest}"


def bulk_guards() -> list[Guard]:
    """The triggers that stand for the references of models whose rows come in bulk."""
    references = [
        Reference(
            wall_name(model._meta.db_table, field.column),
            model._meta.db_table,
            str(field.column),
            field.related_model._meta.db_table,
            not {"UPDATE", "DELETE"}.isdisjoint(field.related_model.wall_privileges),
        )
        for model in tenant_models()
        if model.wall_bulk
        for field in tenant_references(model)
    ]
    return list(guards(references, wall_name))


def app_role() -> str:
    return settings.DATABASES["default"]["USER"]


def build(connection) -> list[str]:
    """Bring policies, keys and grants to what the registry asks for; the statements that ran."""
    quote = connection.ops.quote_name
    statements = [_FUNCTIONS]
    with connection.cursor() as cursor:
        existing = {table.name for table in connection.introspection.get_table_list(cursor)}
        wanted = [model for model in tenant_models() if model._meta.db_table in existing]
        constraints = _existing_constraints(cursor)
        policies = _existing_policies(cursor)
        for model in wanted:
            statements += _key_statements(model, constraints, quote)
        for model in wanted:
            statements += _reference_statements(model, constraints, existing, quote)
            statements += _policy_statements(model, policies, quote)
            statements += _grant_statements(model, connection)
        statements += _guard_statements(cursor, existing)
        statements += _clinic_table_statements(existing, policies, quote)
        statements += _global_grant_statements(existing, quote)
        for statement in statements:
            cursor.execute(statement)
    return statements


def _existing_constraints(cursor) -> set[str]:
    cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'wall\\_%'")
    return {name for (name,) in cursor.fetchall()}


def _existing_policies(cursor) -> dict[tuple[str, str], str]:
    cursor.execute(
        "SELECT tablename, policyname, coalesce(qual, '') || '|' || coalesce(with_check, '')"
        " FROM pg_policies WHERE schemaname = current_schema()"
    )
    return {(table, policy): text for table, policy, text in cursor.fetchall()}


def _key_statements(model, constraints: set[str], quote) -> Iterator[str]:
    """UNIQUE (clinic_id, id), what composite references point at; and the key to the clinics."""
    table = model._meta.db_table
    for name, is_wanted, definition in (
        (wall_name(table, "key"), model in referenced_models(), "UNIQUE (clinic_id, id)"),
        (
            wall_name(table, "clinic"),
            names_its_clinic(model),
            "FOREIGN KEY (clinic_id) REFERENCES tenancy_clinic (id) DEFERRABLE INITIALLY DEFERRED",
        ),
    ):
        if is_wanted and name not in constraints:
            yield f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} {definition}"
        elif name in constraints and not is_wanted:
            yield f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(name)}"


def _reference_statements(model, constraints, existing, quote) -> Iterator[str]:
    table = model._meta.db_table
    for field in tenant_references(model):
        name = wall_name(table, field.column)
        target = field.related_model._meta.db_table
        if model.wall_bulk and name in constraints:
            yield f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(name)}"
        if model.wall_bulk or name in constraints or target not in existing:
            continue
        yield (
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)}"
            f" FOREIGN KEY (clinic_id, {quote(field.column)})"
            f" REFERENCES {quote(target)} (clinic_id, id) DEFERRABLE INITIALLY DEFERRED"
        )


def standing_guards(cursor) -> dict[tuple[str, str], str]:
    """(table, trigger) → the body of its function, of those that are on."""
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname, prosrc FROM pg_trigger"
        " JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE NOT tgisinternal AND tgenabled = 'O' AND tgname LIKE 'wall\\_%'"
    )
    return {(table, name): body for table, name, body in cursor.fetchall()}


def _guard_statements(cursor, existing: set[str]) -> Iterator[str]:
    standing = standing_guards(cursor)
    wanted = [guard for guard in bulk_guards() if guard.table in existing]
    for guard in wanted:
        if standing.get((guard.table, guard.name)) != guard.body:
            yield guard.statements
    for table, name in standing.keys() - {(guard.table, guard.name) for guard in wanted}:
        yield f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}()"


def _policy_statements(model, policies, quote) -> Iterator[str]:
    table = quote(model._meta.db_table)
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    if (model._meta.db_table, "wall") in policies:
        yield f"ALTER POLICY wall ON {table} USING ({CLINIC_POLICY}) WITH CHECK ({CLINIC_POLICY})"
    else:
        yield (
            f"CREATE POLICY wall ON {table} USING ({CLINIC_POLICY}) WITH CHECK ({CLINIC_POLICY})"
        )
    if model.wall_door:
        yield f"DROP POLICY IF EXISTS door ON {table}"
        yield f"CREATE POLICY door ON {table} FOR SELECT USING ({model.wall_door})"


def _grant_statements(model, connection) -> Iterator[str]:
    quote = connection.ops.quote_name
    table, role = quote(model._meta.db_table), quote(app_role())
    yield f"REVOKE ALL ON {table} FROM {role}"
    yield f"GRANT {', '.join(model.wall_privileges)} ON {table} TO {role}"
    if connection.pg_version >= 170_000:
        yield f"GRANT MAINTAIN ON {table} TO {role}"  # ANALYZE after a bulk load
    yield f"GRANT USAGE ON SEQUENCE {quote(model._meta.db_table + '_id_seq')} TO {role}"


def _clinic_table_statements(existing: set[str], policies, quote) -> Iterator[str]:
    """Clinics are listed freely (the nightly fan-out), changed only in scope or by an operator."""
    if "tenancy_clinic" not in existing:
        return
    in_scope = f"id = (SELECT {CLINIC_FUNCTION}())"
    yield "ALTER TABLE tenancy_clinic ENABLE ROW LEVEL SECURITY"
    yield "ALTER TABLE tenancy_clinic FORCE ROW LEVEL SECURITY"
    for name, rule in {
        "seen": "FOR SELECT USING (true)",
        "opened": f"FOR INSERT WITH CHECK ((SELECT {CLINIC_FUNCTION}()) IS NULL)",
        "changed": f"FOR UPDATE USING ({in_scope}) WITH CHECK ({in_scope})",
    }.items():
        if ("tenancy_clinic", name) not in policies:
            yield f"CREATE POLICY {name} ON tenancy_clinic {rule}"


def global_models() -> list[type[models.Model]]:
    """Tables that belong to no clinic: people's sign-in and the framework's own."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not issubclass(model, TenantModel) and model._meta.managed and not model._meta.proxy
    ]


def _global_grant_statements(existing: set[str], quote) -> Iterator[str]:
    role = quote(app_role())
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    for table in sorted({model._meta.db_table for model in global_models()} & existing):
        privileges = "SELECT, INSERT, UPDATE"
        privileges += "" if table == "tenancy_clinic" else ", DELETE"
        yield f"REVOKE ALL ON {quote(table)} FROM {role}"
        yield f"GRANT {privileges} ON {quote(table)} TO {role}"
    if "django_migrations" in existing:
        yield f"GRANT SELECT ON django_migrations TO {role}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"


def build_after_migrate(*, using: str, app_config, **_kwargs) -> None:
    """Rebuild the walls once, after the last app with tables has been migrated."""
    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
    if using == "owner" and app_config.name == last.name:
        build(connections[using])
