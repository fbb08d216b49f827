"""The same request with the same key has one effect."""

import threading

import pytest
from django.db import connection

from customers import api_examples as examples
from customers.models import Customer
from tenancy.idempotency import forget_old_keys
from tenancy.models import IdempotencyKey

ROUTE = "/api/v1/customers/"
KEY = {"HTTP_IDEMPOTENCY_KEY": "till-7"}


def test_the_first_answer_comes_again(api):
    client = api()
    first = client.post(ROUTE, examples.CUSTOMER, **KEY)
    Customer.objects.update(city="上海")  # so that doing it again would show

    again = client.post(ROUTE, examples.CUSTOMER, **KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"


def test_spaces_and_order_of_the_body_do_not_matter(api):
    client = api()
    client.generic("POST", ROUTE, b'{"source":"b","external_id":"1","name":"A"}',
                   content_type="application/json", **KEY)  # fmt: skip

    again = client.generic("POST", ROUTE, b'{ "name": "A", "external_id": "1", "source": "b" }',
                           content_type="application/json", **KEY)  # fmt: skip

    assert again.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize(
    ("route", "body"),
    [(ROUTE, {**examples.CUSTOMER, "name": "李雷"}), ("/api/v1/sales/", examples.CUSTOMER)],
)
def test_a_key_for_another_request_is_refused(api, route, body):
    client = api()
    client.post(ROUTE, examples.CUSTOMER, **KEY)

    answer = client.post(route, body, **KEY)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "idempotency_key_reused"
    assert Customer.objects.get().name == "王小明"


def test_a_refused_request_is_not_remembered(api):
    client = api()
    refused = client.post(ROUTE, {**examples.CUSTOMER, "home_branch": "nowhere"}, **KEY)

    corrected = client.post(ROUTE, examples.CUSTOMER, **KEY)

    assert (refused.status_code, corrected.status_code) == (400, 201)


def test_an_effect_that_fails_leaves_no_answer_behind(api, monkeypatch):
    client = api()
    client.raise_request_exception = False

    def fail(*_args, **_kwargs):
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(IdempotencyKey.objects, "create", fail)
        answer = client.post(ROUTE, examples.CUSTOMER, **KEY)

    assert answer.status_code == 500
    assert not Customer.objects.exists()
    assert client.post(ROUTE, examples.CUSTOMER, **KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "naïve", "a\tb"])
def test_a_key_that_is_none_is_refused(api, key):
    answer = api().post(ROUTE, examples.CUSTOMER, HTTP_IDEMPOTENCY_KEY=key)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "invalid_idempotency_key"


def test_one_clinics_keys_say_nothing_to_another(api, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        IdempotencyKey.objects.create(
            key="till-7", route=ROUTE, request_hash="theirs", status=201, body={"id": 1}
        )

    assert api().post(ROUTE, examples.CUSTOMER, **KEY).status_code == 201


def test_old_answers_are_forgotten(api):
    from datetime import timedelta

    from django.utils import timezone

    api().post(ROUTE, examples.CUSTOMER, **KEY)

    assert forget_old_keys(at=timezone.now()) == 0
    assert forget_old_keys(at=timezone.now() + timedelta(days=8)) == 1


@pytest.mark.django_db(transaction=True)
def test_at_the_same_time_there_is_one_effect(transactional_db):
    """Four threads, four connections, one key: one writes, the others are told to ask again."""
    from tenancy.scope import clinic_scope
    from tenancy.services.keys import create_api_key
    from tests.conftest import BookingClient
    from tests.factories.tenancy import ClinicFactory

    clinic = ClinicFactory(slug="hasty")
    with clinic_scope(clinic.pk):
        text, _key = create_api_key(name="hasty", scopes=["customers.read", "customers.write"])
    # The first use of a key writes when it was; that alone would line the requests up.
    assert BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}").get(ROUTE).status_code == 200
    answers, start = [], threading.Barrier(4)

    def send():
        try:
            start.wait(timeout=10)
            client = BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")
            answer = client.post(ROUTE, examples.CUSTOMER, **KEY)
            while answer.status_code == 409:
                assert answer.json()["errors"][0]["code"] == "idempotency_key_in_flight"
                assert answer.headers["Retry-After"] == "1"
                answer = client.post(ROUTE, examples.CUSTOMER, **KEY)
            answers.append(answer)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert [a.status_code for a in answers] == [201] * 4
    assert len({a.content for a in answers}) == 1
    assert sum("Idempotent-Replay" in a.headers for a in answers) == 3
    with clinic_scope(clinic.pk):
        assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_the_second_is_told_to_wait(transactional_db):
    from tenancy.scope import clinic_scope
    from tenancy.services.keys import create_api_key
    from tenancy.turns import wait_for_turn
    from tests.conftest import BookingClient
    from tests.factories.tenancy import ClinicFactory

    clinic = ClinicFactory(slug="slow")
    with clinic_scope(clinic.pk):
        text, _key = create_api_key(name="slow", scopes=["customers.write"])
    second = []

    def send():
        client = BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")
        second.append(client.post(ROUTE, examples.CUSTOMER, **KEY))
        connection.close()

    with clinic_scope(clinic.pk):
        wait_for_turn("idempotency:till-7")  # what the first request holds while it works
        thread = threading.Thread(target=send)
        thread.start()
        thread.join(timeout=30)

    assert second[0].status_code == 409
    assert second[0].headers["Retry-After"] == "1"
