"""Fixtures for everybody: databases, two clinics, people of every role, clients, tasks."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from tests import databases
from tests.long_first import pytest_collection_modifyitems  # noqa: F401  the hook

pytest_plugins: list[str] = []

# No test is timed: a busy machine is slow at making examples, and that is no failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, worker_id) -> Iterator[None]:
    name = f"test_clinic_crm_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        databases.make(name)
    yield
    with django_db_blocker.unblock():
        databases.drop(name)


@pytest.fixture(autouse=True, scope="session")
def _garbage_is_looked_for_less_often() -> None:
    """What is loaded stays to the end: looking through it again and again costs a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True, scope="session")
def _owner_empties_tables() -> Iterator[None]:
    """Tests that commit are cleaned up by the owner: the restricted role may not TRUNCATE."""
    from django.core.cache import cache
    from django.test import TransactionTestCase

    def empty(_case: TransactionTestCase) -> None:
        databases.empty()
        cache.clear()  # it names rows by their ids, and those come again

    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = empty
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture(scope="session")
def worker_id(request) -> str:
    """gw0, gw1… under xdist; "alone" otherwise."""
    return getattr(request.config, "workerinput", {}).get("workerid", "alone")


@contextmanager
def outside_scope() -> Iterator[None]:
    """Leave the test's own clinic scope for a moment, as a request or worker would start."""
    from django.db import connection

    from tenancy import scope

    clinic_id = scope.open_clinic_id()
    token = scope._clinic_id.set(None)
    in_test_transaction = connection.in_atomic_block
    try:
        if clinic_id and in_test_transaction:
            _bind("")
        yield
    finally:
        scope._clinic_id.reset(token)
        if clinic_id and in_test_transaction and not connection.needs_rollback:
            _bind(clinic_id)


def _bind(value: int | str) -> None:
    from django.db import connection

    from tenancy import scope

    with connection.cursor() as cursor:
        scope.set_local(cursor, scope.CLINIC_SETTING, value)


@contextmanager
def in_clinic(clinic) -> Iterator[None]:
    """Work inside this clinic's scope, whatever scope the test has open."""
    from tenancy.scope import clinic_scope

    with outside_scope(), clinic_scope(clinic.pk):
        yield


@pytest.fixture(name="in_clinic")
def in_clinic_fixture() -> Callable:
    return in_clinic


class BrowserClient(Client):
    """Django's client, started outside the test's scope as a real request is."""

    def request(self, **request):
        with outside_scope():
            return super().request(**request)


class BookingClient(APIClient):
    """A booking system with an API key."""

    def request(self, **kwargs):
        with outside_scope():
            return super().request(**kwargs)


@pytest.fixture
def clinic(db):
    """A clinic whose scope is open for the whole test."""
    from tenancy.scope import clinic_scope
    from tests.factories.tenancy import ClinicFactory

    made = ClinicFactory(slug="north", name="North Clinic")
    with clinic_scope(made.pk):
        yield made


@pytest.fixture
def other_clinic(clinic):
    """A second clinic; open it with `in_clinic`."""
    from tests.factories.tenancy import ClinicFactory

    with outside_scope():  # a clinic is opened by an operator, inside nobody's scope
        return ClinicFactory(slug="south", name="South Clinic")


def _member(role: str):
    from tests.factories.tenancy import MembershipFactory

    return MembershipFactory(role=role)


@pytest.fixture
def owner(clinic):
    return _member("owner")


@pytest.fixture
def manager(clinic):
    return _member("manager")


@pytest.fixture
def staff(clinic):
    return _member("staff")


@pytest.fixture
def analyst(clinic):
    return _member("analyst")


@pytest.fixture
def client_as(clinic) -> Callable[..., BrowserClient]:
    """client_as("manager") or client_as(membership): a signed-in browser."""

    def sign_in(who) -> BrowserClient:
        membership = _member(who) if isinstance(who, str) else who
        client = BrowserClient()
        with outside_scope():
            client.force_login(membership.user)
        return client

    return sign_in


@pytest.fixture
def api(clinic) -> Callable[..., BookingClient]:
    """api() or api("sales.write"): a client with a key of those scopes (default: all)."""
    from tenancy.roles import API_SCOPES
    from tenancy.services.keys import create_api_key

    def connect(*scopes: str) -> BookingClient:
        number = len(made) + 1
        text, key = create_api_key(name=f"key {number}", scopes=list(scopes) or list(API_SCOPES))
        made.append(key)
        client = BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")
        client.key = key
        return client

    made: list = []
    return connect


@pytest.fixture
def run_tasks(monkeypatch, django_capture_on_commit_callbacks) -> Callable:
    """with run_tasks(): … commits what was asked for and runs the tasks in this process."""
    from celery import current_app

    from clinic_crm.checks import task_names
    from tenancy import queue

    task_names()  # imports every task

    def run_here(task: str, arguments: dict) -> None:
        with outside_scope():
            current_app.tasks[task].apply(kwargs=arguments, throw=True)

    monkeypatch.setattr(queue, "send", run_here)

    @contextmanager
    def run() -> Iterator[None]:
        with django_capture_on_commit_callbacks(execute=True):
            yield

    return run


@pytest.fixture
def shared_data():
    """The folder of real files, or a skip where they are not at hand."""
    from pathlib import Path

    default = databases.ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("CLINIC_CRM_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("the real files are not on this machine")
    return folder


def pytest_sessionfinish(session) -> None:
    """The controller takes the template away when the last worker is done."""
    if hasattr(session.config, "workerinput"):
        return
    from django.conf import settings

    if settings.configured and "MAINTENANCE_NAME" in settings.DATABASES.get("owner", {}):
        databases.drop(databases.template_name())
