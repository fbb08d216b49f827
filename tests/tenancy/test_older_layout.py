"""A database of another layout is told so in a sentence."""

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tenancy.older_layout import refuse_an_older_layout


def asked() -> None:
    refuse_an_older_layout(apps.get_app_config("tenancy"), using="default")


@pytest.fixture
def record(monkeypatch):
    """Applied migrations as the database would tell them."""
    applied = dict(MigrationRecorder(connection).applied_migrations())

    def add(name: str) -> None:
        both = applied | {("tenancy", name): None}
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: both)

    return add


def test_our_own_layout_is_fine(db):
    asked()


def test_a_migration_nobody_has_is_refused_with_what_to_do(db, record):
    record("0004_of_an_older_version")

    with pytest.raises(CommandError, match=r"0004_of_an_older_version.*\./dev reset"):
        asked()


def test_another_apps_migrations_are_not_ours_to_judge(db, monkeypatch):
    both = {("gone", "0001_initial"): None}
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _self: both)

    asked()
