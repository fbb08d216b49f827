"""Every API route × method × place of an id, with both walls and with each wall alone."""

from contextlib import contextmanager

from django.db import connection

from customers.models import Customer
from tenancy.scope import clinic_scope
from tests.conftest import BookingClient
from tests.walls.api_harness import leaks_in_api
from tests.walls.conftest import standing
from tests.walls.rows import CANARY


def test_api_answers_a_foreign_id_like_an_unknown_one(walls, two_clinics):
    assert list(leaks_in_api(two_clinics)) == []


def test_foreign_names_are_really_there(two_clinics):
    """Otherwise the harness would compare nobody with nobody."""
    with clinic_scope(two_clinics.foreign.pk):
        assert Customer.objects.filter(
            identities__source=f"{CANARY}-source", identities__external_id=f"{CANARY}-external_id"
        ).exists()


@contextmanager
def key_opens_the_wrong_clinic(two, monkeypatch):
    """What a mistake in the key's door would do."""
    from tenancy import api_keys

    find = api_keys.find_key

    def mixed_up(text):
        key = find(text)
        if key is not None:
            key.clinic_id, key.clinic = two.foreign.pk, two.foreign
        return key

    with monkeypatch.context() as patch:
        patch.setattr(api_keys, "find_key", mixed_up)
        yield


def test_the_harness_bites_when_a_key_opens_the_wrong_clinic(two_clinics, monkeypatch):
    with key_opens_the_wrong_clinic(two_clinics, monkeypatch):
        assert any("for a foreign id" in leak for leak in leaks_in_api(two_clinics))


def test_an_unknown_a_revoked_and_no_key_open_nothing(two_clinics):
    connection.close()
    for header in ({}, {"HTTP_AUTHORIZATION": "Api-Key nobody.knows"}):
        answer = BookingClient(**header).get("/api/v1/customers/")
        assert answer.status_code == 401


def test_the_harness_bites_with_row_security_off_and_no_python_wall(two_clinics):
    """Both walls down at once."""
    from tenancy.managers import python_wall_off_for_tests

    with standing("python alone"), python_wall_off_for_tests():
        assert any("for a foreign id" in leak for leak in leaks_in_api(two_clinics))
