"""What a merge decides: consent, points, contacts, health, fields; and what it refuses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.core.checks import run_checks
from django.db import connections

from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerHealth,
    CustomerTag,
    DuplicatePair,
    Merge,
    Tag,
    Visit,
)
from customers.queries.merged import ids_that_led_to, resolve
from customers.services.merging import merge_customers, undo_merge
from loyalty.models import Account, PointLot
from loyalty.services.accrual import accrue_pending
from loyalty.services.posting import post
from tenancy.exceptions import DomainError
from tenancy.scope import clinic_scope
from tests.conftest import in_clinic
from tests.factories.customers import (
    ConsentFactory,
    ContactPointFactory,
    CustomerFactory,
    IdentityFactory,
    SaleFactory,
)
from tests.factories.loyalty import make_programme

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
EARLIER = datetime(2026, 3, 1, 4, tzinfo=UTC)


def merge(one: Customer, other: Customer, **more) -> Merge:
    return merge_customers(survivor_id=one.pk, merged_id=other.pk, by=None, at=NOON, **more)


def refusal(call) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    assert caught.value.message
    return caught.value.code


@pytest.fixture
def two(clinic) -> tuple[Customer, Customer]:
    return CustomerFactory(name="王小明"), CustomerFactory(name="王小明 (VIP)")


def test_the_old_id_says_where_it_went(two):
    one, other = two
    merge(one, other)

    assert resolve(other.pk) == one.pk
    assert resolve(one.pk) == one.pk
    assert resolve(987_654) is None
    assert ids_that_led_to(one.pk) == [other.pk]
    assert list(Customer.objects.all()) == [one]


def test_an_id_leads_to_the_last_of_a_chain(two):
    one, other = two
    third = CustomerFactory()
    merge(one, other)
    merge(third, one)

    assert resolve(other.pk) == third.pk
    assert sorted(ids_that_led_to(third.pk)) == sorted([one.pk, other.pk])


def test_a_no_wins_over_a_yes_on_either_side(two):
    one, other = two
    ConsentFactory(customer=one, channel="sms")
    ConsentFactory(customer=other, channel="sms", given_at=EARLIER, withdrawn_at=EARLIER)
    ConsentFactory(customer=other, channel="email")
    ConsentFactory(customer=one, channel="email", given_at=EARLIER, withdrawn_at=EARLIER)
    ConsentFactory(customer=other, channel="phone")

    made = merge(one, other)

    still_open = Consent.objects.filter(withdrawn_at__isnull=True)
    assert [(c.customer_id, c.channel) for c in still_open] == [(one.pk, "phone")]
    undo_merge(merge_id=made.pk, by=None, at=NOON)
    still_open = Consent.objects.filter(withdrawn_at__isnull=True).order_by("customer", "channel")
    assert [(c.customer_id, c.channel) for c in still_open] == [
        (one.pk, "sms"),
        (other.pk, "email"),
        (other.pk, "phone"),
    ]


def test_two_yeses_are_one(two):
    one, other = two
    kept = ConsentFactory(customer=one)
    ConsentFactory(customer=other)
    merge(one, other)
    assert list(Consent.objects.all()) == [kept]


def points_of(customer: Customer) -> int:
    return Account.objects.get(customer=customer).balance


def test_points_are_conserved_with_the_day_they_end_on(two):
    one, other = two
    programme = make_programme()
    for customer, points in ((one, 30), (other, 70)):
        account = Account.objects.create(programme=programme, customer=customer)
        post(account=account, kind="adjustment", points=points, on=date(2026, 4, 1),
             key=f"k{customer.pk}", actor=None, reason="gift")  # fmt: skip
    ends = set(PointLot.objects.values_list("expires_on", flat=True))

    made = merge(one, other)
    assert (points_of(one), points_of(other)) == (100, 0)
    open_lots = PointLot.objects.filter(remaining__gt=0)
    assert set(open_lots.values_list("expires_on", flat=True)) == ends
    assert sum(open_lots.values_list("remaining", flat=True)) == 100

    undo_merge(merge_id=made.pk, by=None, at=NOON)
    assert (points_of(one), points_of(other)) == (30, 70)


def test_points_spent_after_the_merge_are_owed_after_its_undo(two):
    one, other = two
    programme = make_programme()
    for customer, points in ((one, 30), (other, 70)):
        account = Account.objects.create(programme=programme, customer=customer)
        post(account=account, kind="adjustment", points=points, on=date(2026, 4, 1),
             key=f"k{customer.pk}", actor=None, reason="gift")  # fmt: skip
    made = merge(one, other)
    account = Account.objects.get(customer=one)
    post(account=account, kind="redemption", points=-80, on=date(2026, 5, 2), key="spent",
         actor=None, reason="")  # fmt: skip

    undo_merge(merge_id=made.pk, by=None, at=NOON)

    assert (points_of(one), points_of(other)) == (-50, 70)
    from loyalty.invariants import violations

    assert violations() == []


def test_sales_that_moved_do_not_earn_again(two):
    one, other = two
    make_programme()
    for customer in two:
        SaleFactory(customer=customer)
    accrue_pending()
    total = points_of(one) + points_of(other)

    made = merge(one, other)
    assert accrue_pending() == 0
    assert points_of(one) == total

    undo_merge(merge_id=made.pk, by=None, at=NOON)
    assert accrue_pending() == 0
    assert points_of(one) + points_of(other) == total


def test_what_both_have_is_there_once(two):
    one, other = two
    tag = Tag.objects.create(name="VIP")
    for customer in two:
        Visit.objects.create(customer=customer, visited_on=date(2026, 4, 1))
        CustomerTag.objects.create(customer=customer, tag=tag)
        ContactPointFactory(customer=customer, kind="phone", value="+8613800138000")
    ContactPointFactory(customer=other, kind="email", value="a@mail.example")

    merge(one, other)

    assert Visit.objects.filter(customer=one).count() == 1
    assert CustomerTag.objects.filter(customer=one).count() == 1
    found = ContactPoint.objects.filter(customer=one).order_by("kind")
    assert [(p.kind, p.is_primary) for p in found] == [("email", True), ("phone", True)]


def test_somebody_chooses_field_by_field(two):
    one, other = two
    Customer.objects.filter(pk=one.pk).update(city="上海", occupation="")
    Customer.objects.filter(pk=other.pk).update(city="苏州", occupation="老师", notes="怕疼")
    ContactPointFactory(customer=one, value="one@mail.example")
    ContactPointFactory(customer=other, value="two@mail.example")

    made = merge(one, other, choices={"city": "merged", "email": "merged"})

    one.refresh_from_db()
    assert (one.name, one.city, one.occupation, one.notes) == ("王小明", "苏州", "老师", "怕疼")
    primary = ContactPoint.objects.get(customer=one, kind="email", is_primary=True)
    assert primary.value == "two@mail.example"
    undo_merge(merge_id=made.pk, by=None, at=NOON)
    one.refresh_from_db()
    assert (one.city, one.occupation, one.notes) == ("上海", "", "")


def test_no_allergy_is_lost(two):
    for customer, text in zip(two, ("Latex", "Penicillin"), strict=True):
        CustomerHealth.objects.create(
            customer=customer, allergies=text, has_allergy=text == "Penicillin", updated_at=EARLIER
        )
    made = merge(*two)

    health = CustomerHealth.objects.get()
    assert "Latex" in health.allergies
    assert "Penicillin" in health.allergies
    assert health.has_allergy
    undo_merge(merge_id=made.pk, by=None, at=NOON)
    assert [h.allergies for h in CustomerHealth.objects.order_by("customer")] == [
        "Latex",
        "Penicillin",
    ]


def test_what_came_after_the_merge_stays_with_the_survivor(two):
    one, other = two
    before = SaleFactory(customer=other)
    made = merge(one, other)
    after = SaleFactory(customer=one)
    Customer.objects.filter(pk=one.pk).update(city="杭州")

    undo_merge(merge_id=made.pk, by=None, at=NOON)

    before.refresh_from_db()
    after.refresh_from_db()
    one.refresh_from_db()
    assert (before.customer_id, after.customer_id, one.city) == (other.pk, one.pk, "杭州")


def test_spend_follows_the_sales_there_and_back(two):
    one, other = two
    sale = SaleFactory(customer=other)
    made = merge(one, other)
    one.refresh_from_db()
    assert one.spent_minor == sale.net_minor
    undo_merge(merge_id=made.pk, by=None, at=NOON)
    one.refresh_from_db()
    assert one.spent_minor == 0


def test_different_people_stay_different_after_a_merge(two):
    one, other = two
    third = CustomerFactory()
    DuplicatePair.objects.create(
        first=other, second=third, score=0.9, decision="review", state="different", found_at=NOON
    )
    made = merge(one, other)
    kept = DuplicatePair.objects.get(first=one, second=third)
    assert kept.state == "different"
    undo_merge(merge_id=made.pk, by=None, at=NOON)
    assert DuplicatePair.objects.count() == 1


def test_a_merge_with_itself_of_nobody_or_again_is_refused(two):
    one, other = two
    assert refusal(lambda: merge(one, one)) == "merge_same"
    assert refusal(lambda: merge(one, Customer(pk=987_654))) == "merge_unknown"
    merge(one, other)
    assert refusal(lambda: merge(one, other)) == "merge_already"
    assert refusal(lambda: merge(other, one)) == "merge_already"


def test_a_merge_across_clinics_is_refused_as_unknown(two, other_clinic):
    with in_clinic(other_clinic):
        foreign = CustomerFactory()
    assert refusal(lambda: merge(two[0], foreign)) == "merge_unknown"


def test_an_undo_is_refused_with_its_reason(two):
    one, other = two
    third = CustomerFactory()
    first = merge(one, other)
    second = merge(third, one)

    def undo(made: Merge):
        return undo_merge(merge_id=made.pk, by=None, at=NOON)

    assert refusal(lambda: undo(first)) == "undo_survivor_merged"
    undo(second)
    undo(first)
    assert refusal(lambda: undo(first)) == "undone_already"
    assert refusal(lambda: undo(Merge(pk=987_654))) == "undo_unknown"


def test_a_booking_system_still_finds_the_survivor_by_the_old_id(two):
    one, other = two
    identity = IdentityFactory(customer=other, source="booking", external_id="B7")
    merge(one, other)
    identity.refresh_from_db()
    assert identity.customer_id == one.pk


def test_a_model_that_may_collide_must_say_what_becomes_of_its_rows(monkeypatch):
    monkeypatch.delattr(Visit, "merge_collisions")
    found = run_checks(tags=["merging"])
    assert [error.id for error in found] == ["merging.E001"]
    assert "customers.Visit" in found[0].msg


def test_a_model_that_others_refer_to_cannot_be_dropped(monkeypatch):
    monkeypatch.setattr(Account, "merge_collisions", "drop")
    assert {error.id for error in run_checks(tags=["merging"])} == {"merging.E002"}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_merge_the_same_pair_at_once_merge_it_once():
    from tests.factories.tenancy import ClinicFactory

    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        one, other = CustomerFactory(), CustomerFactory()

    def attempt(turned: bool) -> str:
        try:
            with clinic_scope(clinic.pk):
                merge(*((other, one) if turned else (one, other)))
            return "merged"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, [False, True]))
    assert answers == ["merge_already", "merged"]
