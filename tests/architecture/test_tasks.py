"""Every task opens the transactions it needs, as a worker runs it: with none open around it."""

import inspect

import pytest
from django.db import connection

from clinic_crm.celery import app
from tenancy import queue
from tenancy.models import Clinic
from tests.factories.tenancy import ClinicFactory

ROOMS = ("tenancy", "customers", "segmentation", "loyalty", "care", "campaigns", "analytics")


def tasks_of_a_clinic() -> list[str]:
    """Names of tasks that need to know nothing but the clinic, or not even that."""
    app.loader.import_default_modules()
    found = []
    for name, task in app.tasks.items():
        needed = [
            parameter.name
            for parameter in inspect.signature(task.run).parameters.values()
            if parameter.default is inspect.Parameter.empty
        ]
        if name.startswith(ROOMS) and set(needed) <= {"clinic_id"}:
            found.append(name)
    return sorted(found)


def test_there_are_tasks_to_try():
    assert {"campaigns.tick_clinic", "segmentation.refresh_touched"} <= set(tasks_of_a_clinic())


@pytest.mark.django_db(transaction=True)
def test_tasks_run_outside_any_open_transaction(monkeypatch):
    monkeypatch.setattr(queue, "send", lambda task, arguments: None)
    clinic: Clinic = ClinicFactory()
    for name in tasks_of_a_clinic():
        task = app.tasks[name].run
        asks = "clinic_id" in inspect.signature(task).parameters
        task(**({"clinic_id": clinic.pk} if asks else {}))

        assert not connection.in_atomic_block, name
