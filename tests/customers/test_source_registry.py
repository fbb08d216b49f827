"""Who brings us records, by key and by file: when last, how many, what was refused."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import ApiIntake, ImportFile
from customers.queries.source_registry import files_health, keys_health

ROUTE = "/api/v1/customers/"
ANN = {"source": "booking", "external_id": "C-1", "name": "Ann"}


def health(clinic) -> list[tuple]:
    return [
        (one.key.name, one.source, one.n_today, one.n_month, one.n_refused, one.last_refusal)
        for one in keys_health(clinic=clinic, at=timezone.now())
    ]


def test_what_a_key_brings_is_counted_by_source(clinic, api):
    client = api()
    client.post(ROUTE, ANN, format="json")
    client.post(ROUTE, ANN | {"source": "till"}, format="json")
    client.post(ROUTE, ANN | {"phones": ["1"]}, format="json")
    items = [{"external_id": f"C-{n}", "name": "x" * (n != 3)} for n in range(2, 5)]
    client.post(f"{ROUTE}bulk/", {"source": "booking", "items": items}, format="json")

    [booking, till] = health(clinic)

    assert booking[1:5] == ("booking", 3, 3, 2)
    assert booking[5] in {"blank", "required"}  # the last one: the name of an item was empty
    assert till[1:] == ("till", 1, 1, 0, "")
    assert ApiIntake.objects.count() == 2  # a row a day, whatever is sent


def test_same_request_again_is_counted_once_and_reading_not_at_all(clinic, api):
    client = api()
    for _time in range(2):
        client.post(ROUTE, ANN, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    client.get(ROUTE)

    assert [one[1:] for one in health(clinic)] == [("booking", 1, 1, 0, "")]


@pytest.mark.parametrize("source", ["x" * 61, 7, None, ["a"], "a\u202eb\n"])
def test_request_without_a_usable_source_is_counted_all_the_same(clinic, api, source):
    answer = api().post(ROUTE, ANN | {"source": source}, format="json")

    assert answer.status_code == 400
    assert [one[1:5] for one in health(clinic)] == [("", 0, 0, 1)]


def test_silent_key_is_shown_and_a_revoked_one_is_not(clinic, api):
    api()
    revoked = api()
    from tenancy.models import ApiKey

    assert revoked
    ApiKey.objects.filter(pk=ApiKey.objects.latest("pk").pk).update(revoked_at=timezone.now())

    assert [one[1:] for one in health(clinic)] == [("", 0, 0, 0, "")]


def test_older_days_fall_out(clinic, api):
    api().post(ROUTE, ANN, format="json")
    ApiIntake.objects.update(counted_on=timezone.now().date() - timedelta(days=31))

    assert health(clinic)[0][1:4] == ("", 0, 0)


def make_file(source: str, **more) -> ImportFile:
    return ImportFile.objects.create(
        kind="sales", source=source, original_name="x.csv", stored_path="", **more
    )


def test_files_are_added_up_by_source(clinic):
    make_file("till", state="done", n_rows=10, n_refused=2)
    last = make_file("till", state="failed", n_rows=5)
    make_file("till", state="checked", n_rows=99)  # nothing came of it
    make_file("book", state="done", n_rows=1)
    old = make_file("gone", state="done", n_rows=1)
    ImportFile.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))

    book, till = files_health(at=timezone.now())

    assert (till.source, till.n_files, till.n_rows, till.n_refused, till.n_failed) == (
        "till", 2, 15, 2, 1,
    )  # fmt: skip
    assert (till.last_id, book.source) == (last.pk, "book")


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_shows_all_of_it_in_the_same_number_of_queries(
    clinic, client_as, api, django_assert_num_queries, item_count
):
    client = client_as("owner")
    for n in range(item_count):
        api().post(ROUTE, ANN | {"source": f"booking-{n}"}, format="json")
        make_file(f"till-{n}", state="done", n_rows=3)
    url = reverse("connections:list")
    client.get(url)

    with django_assert_num_queries(21):
        page = client.get(url).content.decode()

    for n in range(item_count):
        assert f"booking-{n}" in page and f"till-{n}" in page


def test_another_clinics_are_not_shown(clinic, other_clinic, in_clinic, api, client_as):
    api().post(ROUTE, ANN | {"source": "mine"}, format="json")
    make_file("mine too", state="done")
    with in_clinic(other_clinic):
        assert keys_health(clinic=other_clinic, at=timezone.now()) == []
        assert files_health(at=timezone.now()) == []
