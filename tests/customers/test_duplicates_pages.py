"""The queue, two records side by side, merges and their undo, as people see them."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer, DuplicatePair, DuplicateRules, Merge
from tenancy.models import AuditEntry, Branch
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.tenancy import MembershipFactory

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
QUEUE = "/customers/duplicates/"


def a_pair(score: float = 0.9, decision: str = "review", **more) -> DuplicatePair:
    first, second = CustomerFactory(**more), CustomerFactory(**more)
    for customer in (first, second):
        ContactPointFactory(customer=customer, kind="phone", value="+8613800138000")
    return DuplicatePair.objects.create(
        first=first, second=second, score=score, decision=decision, found_at=NOON,
        reasons=["same_name", "same_phone"],
    )  # fmt: skip


def compare_of(pair: DuplicatePair) -> str:
    return f"{QUEUE}{pair.first_id}/and/{pair.second_id}/"


def test_the_queue_shows_the_certain_ones_first(client_as):
    unsure, certain = a_pair(0.6), a_pair(0.999, "merge")
    page = client_as("staff").get(QUEUE)
    assert [row.pair for row in page.context["rows"]] == [certain, unsure]
    assert "Same phone" in page.content.decode()


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_queue_costs_the_same_however_long(client_as, item_count, django_assert_num_queries):
    for _number in range(item_count):
        a_pair()
    client = client_as("owner")
    client.get(QUEUE)
    with django_assert_num_queries(17):
        assert client.get(QUEUE).status_code == 200


def test_an_analyst_may_not_settle_pairs(client_as):
    assert client_as("analyst").get(QUEUE).status_code == 403


def test_a_branch_sees_pairs_of_its_own_customers(client_as):
    here, there = (Branch.objects.create(code=code, name=code) for code in ("A", "B"))
    mine, foreign = a_pair(home_branch=here), a_pair(home_branch=there)
    client = client_as(MembershipFactory(role="staff", branch=here))
    assert [row.pair for row in client.get(QUEUE).context["rows"]] == [mine]
    assert client.get(compare_of(foreign)).status_code == 404
    assert client.post(f"{QUEUE}{foreign.pk}/different/").status_code == 404


def test_two_records_are_merged_as_somebody_chose(client_as):
    pair = a_pair()
    Customer.objects.filter(pk=pair.first_id).update(name="Wang", city="Suzhou")
    Customer.objects.filter(pk=pair.second_id).update(name="Wang Xiaoming", city="Shanghai")
    client = client_as("staff")
    assert "Suzhou" in client.get(compare_of(pair)).content.decode()

    answer = client.post(compare_of(pair), {"keep": "a", "name": "b", "city": "a"})

    assert answer.status_code == 302
    survivor = Customer.objects.get()
    assert (survivor.pk, survivor.name, survivor.city) == (pair.first_id, "Wang Xiaoming", "Suzhou")
    pair.refresh_from_db()
    assert pair.state == "merged"
    assert AuditEntry.objects.filter(action="customer.merged", subject_id=survivor.pk).exists()


def test_the_old_page_leads_to_the_one_who_stands(client_as):
    pair = a_pair()
    client = client_as("staff")
    client.post(compare_of(pair), {"keep": "b"})
    answer = client.get(f"/customers/{pair.first_id}/")
    assert answer.status_code == 302
    assert answer.url == f"/customers/{pair.second_id}/"


def test_from_the_queue_one_goes_on_to_the_next_pair(client_as):
    first, second = a_pair(0.9), a_pair(0.8)
    client = client_as("staff")
    answer = client.post(compare_of(first), {"keep": "a", "from_queue": "1"})
    assert answer.url == compare_of(second)
    answer = client.post(f"{QUEUE}{second.pk}/different/", {"from_queue": "1"})
    assert answer.url == QUEUE
    second.refresh_from_db()
    assert second.state == "different"


def test_without_a_record_to_keep_nothing_is_merged(client_as):
    pair = a_pair()
    assert client_as("staff").post(compare_of(pair), {}).status_code == 422
    assert not Merge.objects.exists()


def test_a_merge_is_undone_from_its_list(client_as):
    pair = a_pair()
    client = client_as("staff")
    client.post(compare_of(pair), {"keep": "a"})
    made = Merge.objects.get()
    assert client.get(f"{QUEUE}merges/").status_code == 200

    client.post(f"{QUEUE}merges/{made.pk}/undo/")

    assert Customer.objects.count() == 2
    again = client.post(f"{QUEUE}merges/{made.pk}/undo/", follow=True)
    assert "This merge was undone already." in again.content.decode()


def test_what_was_called_different_may_be_asked_again(client_as):
    pair = a_pair()
    client = client_as("staff")
    client.post(f"{QUEUE}{pair.pk}/different/")
    assert "Ask again" in client.get(QUEUE, {"state": "different"}).content.decode()
    client.post(f"{QUEUE}{pair.pk}/again/")
    pair.refresh_from_db()
    assert pair.state == "open"


def test_the_other_record_is_found_by_name(client_as):
    one = CustomerFactory(name="Anna")
    client = client_as("staff")
    page = client.get(f"{QUEUE}of/{one.pk}/", {"q": "nobody"})
    assert "Nobody found" in page.content.decode()
    assert client.get(f"{QUEUE}{one.pk}/and/{one.pk}/").status_code == 200


def test_the_owner_sets_the_rules(client_as):
    client = client_as("owner")
    asked = {"review_percent": 70, "certain_percent": 60}
    assert client.post(f"{QUEUE}rules/", asked).status_code == 422
    asked = {"review_percent": 70, "certain_percent": 99.5, "merges_by_itself": "on"}
    assert client.post(f"{QUEUE}rules/", asked).status_code == 302
    rules = DuplicateRules.objects.get()
    assert (rules.review_from, rules.certain_from, rules.merges_by_itself) == (0.7, 0.995, True)
    assert client_as("manager").get(f"{QUEUE}rules/").status_code == 403


def test_empty_pages_say_what_will_come(client_as):
    client = client_as("owner")
    assert "Nobody is in here twice" in client.get(QUEUE).content.decode()
    assert "No merge yet" in client.get(f"{QUEUE}merges/").content.decode()


def test_the_search_is_asked_for(client_as, run_tasks):
    CustomerFactory(name="王静怡", birth_on=NOON.date())
    with run_tasks():
        assert client_as("staff").post(f"{QUEUE}search/").status_code == 302
    assert DuplicateRules.objects.get().last_full_search_at is not None
