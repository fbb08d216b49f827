"""A database that was made by migrations we no longer have is told so before anything is tried.

Without it, tables that stand already would be made again, and the answer would be a database error.
"""

from typing import Any

from django.apps import AppConfig
from django.core.management import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def refuse_an_older_layout(sender: AppConfig, using: str, **_more: Any) -> None:
    """Raises CommandError where this app's applied migrations are not among those on disk."""
    recorded = MigrationRecorder(connections[using]).applied_migrations()
    applied = {name for app, name in recorded if app == sender.label}
    if unknown := sorted(applied - _known(sender.label)):
        raise CommandError(
            f"This database was made by migrations that are gone ({sender.label}: {unknown[0]}). "
            "Make a new one (./dev reset), or take the version of the program that made it."
        )


def _known(label: str) -> set[str]:
    on_disk = MigrationLoader(None).disk_migrations
    names = {name for app, name in on_disk if app == label}
    replaced = (pair for migration in on_disk.values() for pair in migration.replaces)
    return names | {name for app, name in replaced if app == label}
