"""Two clinics with one row of everything, and the three ways the walls may stand."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import pytest
from django.db import connection, models

from tenancy.managers import python_wall_off_for_tests
from tenancy.models import Clinic, Membership
from tenancy.scope import clinic_scope
from tenancy.walls import tenant_models
from tests.databases import committed_as_owner
from tests.factories.tenancy import ClinicFactory, UserFactory
from tests.walls.rows import CANARY, FOREIGN_ID, make_rows

WALLS = ("both", "row security alone", "python alone")


@dataclass(frozen=True)
class TwoClinics:
    home: Clinic
    foreign: Clinic
    home_rows: dict[str, models.Model]
    foreign_rows: dict[str, models.Model]
    owner: Membership


@pytest.fixture
def two_clinics(transactional_db) -> TwoClinics:
    home = ClinicFactory(slug="home", name="Home")
    foreign = ClinicFactory(slug="foreign", name=f"{CANARY} clinic")
    with clinic_scope(home.pk):
        user = UserFactory(name="Me")
        home_rows = make_rows(home, text="mine", pk=None, user=user)
    with clinic_scope(foreign.pk):
        stranger = UserFactory(name=f"{CANARY} person", email="canary@foreign.example")
        foreign_rows = make_rows(foreign, text=CANARY, pk=FOREIGN_ID, user=stranger)
    owner = home_rows["tenancy.membership"]
    return TwoClinics(home, foreign, home_rows, foreign_rows, owner)


@contextmanager
def standing(walls: str) -> Iterator[None]:
    """Both walls, or one of them taken away."""
    python = python_wall_off_for_tests() if walls == "row security alone" else nullcontext()
    silent = row_security_off() if walls == "python alone" else nullcontext()
    with python, silent:
        yield


@contextmanager
def row_security_off() -> Iterator[None]:
    connection.close()  # the owner needs the tables for itself
    tables = [model._meta.db_table for model in tenant_models()]
    with committed_as_owner() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        connection.close()
        with committed_as_owner() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@pytest.fixture(params=WALLS)
def walls(request, two_clinics) -> Iterator[str]:
    with standing(request.param):
        yield request.param
