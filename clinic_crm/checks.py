"""System checks over the house: events are routed, names are tasks, the role is restricted."""

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, connections

from clinic_crm.event_routes import EVENT_ROUTES

OUR_APPS = ("tenancy", "customers", "segmentation", "loyalty", "care", "campaigns", "analytics")
_CALLS = frozenset({"enqueue", "send", "route_event", "record_event"})


def task_names() -> frozenset[str]:
    """Names of every task of ours. (Celery's own autodiscovery would run these checks again.)"""
    for app in OUR_APPS:
        if find_spec(f"{app}.tasks"):
            import_module(f"{app}.tasks")
    return frozenset(current_app.tasks)


@register("events")
def check_routes_lead_to_tasks(app_configs, **_kwargs) -> list[Error]:
    """Every row of the event table names tasks that exist."""
    names = task_names()
    return [
        Error(f"Event {kind} is routed to {task}, which is no task.", id="events.E001")
        for kind, tasks in EVENT_ROUTES.items()
        for task in tasks
        if task not in names
    ]


@register("events")
def check_names_are_tasks(app_configs, **_kwargs) -> list[Error]:
    """Every literal name given to `enqueue` or `send` is a task, every kind has a row."""
    names = task_names()
    found = []
    for place, function, name in _literal_calls():
        if function in {"enqueue", "send"} and name not in names:
            found.append(Error(f"{place} asks for {name}, which is no task.", id="events.E002"))
        if function == "route_event" and name not in EVENT_ROUTES:
            found.append(Error(f"{place} routes {name}, which has no row.", id="events.E003"))
        if function == "record_event" and name not in EVENT_ROUTES:
            found.append(Error(f"{place} records {name}, which has no row.", id="events.E003"))
    return found


@register("events")
def check_beat_names_are_tasks(app_configs, **_kwargs) -> list[Error]:
    names = task_names()
    return [
        Error(f"Beat's {name!r} names {entry['task']}, which is no task.", id="events.E004")
        for name, entry in current_app.conf.beat_schedule.items()
        if entry["task"] not in names
    ]


def _literal_calls() -> Iterator[tuple[str, str, str]]:
    """(file:line, function, first literal argument) of every call that names a task or event."""
    for app in OUR_APPS:
        for path in sorted(Path(apps.get_app_config(app).path).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and (name := _called(node)) in _CALLS:
                    text = _first_literal(node)
                    if text is not None:
                        yield f"{app}/{path.name}:{node.lineno}", name, text


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return (
            function.attr
            if isinstance(function.value, ast.Name) and (function.value.id in {"queue", "timeline"})
            else ""
        )
    return function.id if isinstance(function, ast.Name) else ""


def _first_literal(node: ast.Call) -> str | None:
    keyword = next((word.value for word in node.keywords if word.arg == "kind"), None)
    value = keyword or (node.args[0] if node.args else None)
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return value.value if is_text else None


@register(Tags.database, deploy=True)
def check_role_is_restricted(app_configs, databases=None, **_kwargs) -> list[Error]:
    """The web and the workers must not run as a role that row security does not hold."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
            (passes,) = cursor.fetchone()
    except DatabaseError:
        return []  # readiness says so; a check cannot look at a server that is down
    role = settings.DATABASES["default"]["USER"]
    return (
        [Error(f"DATABASE_URL's role {role} passes row security.", id="walls.E010")]
        if passes
        else []
    )
