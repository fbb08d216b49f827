"""Customers coming in: matched, compared, written once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerEvent,
    CustomerTag,
    Identity,
    SearchToken,
)
from customers.services import search_tokens
from customers.services.intake import ConsentRecord, CustomerRecord, upsert_customers
from tenancy.exceptions import DomainError
from tenancy.models import Branch
from tests.factories.customers import CustomerFactory, IdentityFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory, UserFactory

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)


def send(*records: CustomerRecord, source="booking", at=AT, door="api"):
    return upsert_customers(source=source, records=records, at=at, door=door)


def states(outcomes) -> list[str]:
    return [outcome.state for outcome in outcomes]


FULL = CustomerRecord(
    "C1",
    name="王小明",
    gender="female",
    birth_on=date(1990, 3, 5),
    city="上海",
    known_since_on=date(2024, 2, 3),
    phones=("138 0013 8000", "021-6222 3333"),
    emails=("Ming@MAIL.example",),
    identities=(("wechat", "wxid_7"),),
    tags=("laser", "vip"),
    consents=(ConsentRecord("marketing", "email", True),),
)
EVERYTHING = (Customer, Identity, ContactPoint, Consent, CustomerTag, CustomerEvent, SearchToken)


def test_a_customer_arrives_with_everything(clinic):
    [outcome] = send(FULL)

    customer = Customer.objects.get()
    assert (outcome.state, outcome.id) == ("created", customer.pk)
    assert (customer.name, customer.birth_on, customer.city) == ("王小明", date(1990, 3, 5), "上海")
    contacts = customer.contact_points.order_by("kind", "-is_primary")
    assert [(c.value, c.is_primary) for c in contacts] == [
        ("Ming@mail.example", True),
        ("+8613800138000", True),
        ("+862162223333", False),
    ]
    assert {i.source for i in customer.identities.all()} == {"booking", "wechat"}
    assert {link.tag.name for link in customer.tag_links.all()} == {"laser", "vip"}
    events = {event.kind: event for event in CustomerEvent.objects.all()}
    assert set(events) == {"customer.created", "consent.given"}
    assert events["customer.created"].occurred_at == datetime(2024, 2, 2, 16, tzinfo=UTC)


def _versions() -> list:
    """Where every row lies in its table: any write moves it."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for model in EVERYTHING:
            cursor.execute(f"SELECT ctid::text, xmax::text FROM {model._meta.db_table}")
            found.append(sorted(cursor.fetchall()))
    return found


def test_the_same_again_writes_no_row(clinic):
    send(FULL)
    before = _versions()

    outcomes = send(FULL, at=AT + timedelta(days=1))

    assert states(outcomes) == ["unchanged"]
    assert _versions() == before


def test_what_is_not_said_stays_and_what_is_said_empty_is_cleared(clinic):
    send(FULL)

    outcomes = send(CustomerRecord("C1", city="", phones=()), at=AT + timedelta(days=1))

    customer = Customer.objects.get()
    assert states(outcomes) == ["updated"]
    assert (customer.name, customer.city) == ("王小明", "")
    assert [c.kind for c in customer.contact_points.all()] == ["email"]
    assert customer.updated_at == AT + timedelta(days=1)


def test_a_new_first_phone_becomes_primary_and_the_old_one_stays(clinic):
    send(FULL)

    send(CustomerRecord("C1", phones=("139 0013 9000",)))
    send(CustomerRecord("C1", phones=("021-6222 3333",)))

    phones = ContactPoint.objects.filter(kind="phone").order_by("value")
    assert [(p.value, p.is_primary) for p in phones] == [
        ("+8613800138000", False),
        ("+8613900139000", False),
        ("+862162223333", True),
    ]


def test_one_bad_record_stops_no_other(clinic):
    outcomes = send(
        CustomerRecord("C1", name="A"),
        CustomerRecord("C2"),
        CustomerRecord("", name="B"),
        CustomerRecord("C4", name="D", phones=("x",)),
        CustomerRecord("C5", name="E"),
    )

    assert states(outcomes) == ["created", "refused", "refused", "refused", "created"]
    assert [(o.index, o.field, o.code) for o in outcomes if o.state == "refused"] == [
        (1, "name", "required"),
        (2, "external_id", "required"),
        (3, "phones", "phone_letters"),
    ]
    assert all(o.message for o in outcomes if o.state == "refused")
    assert Customer.objects.count() == 2


def test_an_id_twice_in_one_batch_is_as_if_sent_one_after_the_other(clinic):
    outcomes = send(
        CustomerRecord("C1", name="A", city="上海"),
        CustomerRecord("C1", name="B"),
        CustomerRecord("C1", name="B"),
    )

    customer = Customer.objects.get()
    assert states(outcomes) == ["created", "updated", "unchanged"]
    assert (customer.name, customer.city) == ("B", "上海")


def test_sources_do_not_share_ids(clinic):
    outcomes = send(CustomerRecord("C1", name="A")) + send(
        CustomerRecord("C1", name="B"), source="till"
    )

    assert states(outcomes) == ["created", "created"]


def test_a_further_id_finds_the_customer_of_another_source(clinic):
    send(FULL)

    [outcome] = send(CustomerRecord("77", identities=(("wechat", "wxid_7"),)), source="till")

    customer = Customer.objects.get()
    assert (outcome.state, outcome.id) == ("updated", customer.pk)
    assert customer.identities.filter(source="till", external_id="77").exists()


@pytest.mark.parametrize(("door", "state"), [("api", "refused"), ("file", "created")])
def test_a_source_that_names_two_customers_means_two(clinic, door, state):
    send(FULL)

    record = CustomerRecord("C2", name="B", identities=(("wechat", "wxid_7"),))
    [outcome] = send(record, door=door)

    assert (outcome.state, outcome.code) == (state, "identity_of_another")
    assert Identity.objects.get(source="wechat").customer.name == "王小明"


def test_two_in_one_batch_cannot_claim_one_id(clinic):
    outcomes = send(
        CustomerRecord("C1", name="A", identities=(("card", "9"),)),
        CustomerRecord("C2", name="B", identities=(("card", "9"),)),
    )

    assert states(outcomes) == ["created", "refused"]


def test_two_ids_of_one_merged_customer_in_one_batch(clinic):
    customer = CustomerFactory(name="A")
    for external_id in ("C1", "C2"):
        IdentityFactory(customer=customer, external_id=external_id)

    outcomes = send(
        CustomerRecord("C1", city="上海", phones=("138 0013 8000",)),
        CustomerRecord("C2", city="北京", phones=("138 0013 8000", "139 0013 9000")),
    )

    customer.refresh_from_db()
    assert states(outcomes) == ["updated", "updated"]
    assert (customer.city, customer.contact_points.count()) == ("北京", 2)


def test_names_of_the_clinics_own_things(clinic):
    branch = BranchFactory(code="jingan", name="静安")
    member = MembershipFactory(user=UserFactory(email="li@clinic.example"), display_name="李医生")

    send(CustomerRecord("C1", name="A", home_branch=" 静安 ", consultant="LI@clinic.example"))

    customer = Customer.objects.get()
    assert (customer.home_branch, customer.consultant) == (branch, member)
    send(CustomerRecord("C1", home_branch="", consultant=""))
    customer.refresh_from_db()
    assert (customer.home_branch, customer.consultant) == (None, None)


def test_a_name_two_consultants_bear_is_nobodys(clinic):
    MembershipFactory(display_name="李医生")
    MembershipFactory(display_name="李医生")

    [outcome] = send(CustomerRecord("C1", name="A", consultant="李医生"))

    assert outcome.code == "unknown_consultant"


def test_a_file_opens_branches_and_leaves_unknown_people_out(clinic):
    outcomes = send(
        CustomerRecord("C1", name="A", home_branch="静安", consultant="谁"),
        CustomerRecord("C2", name="B", home_branch="静安", referrer_external_id="C9"),
        CustomerRecord("C3", name="C", referrer_external_id="C1"),
        door="file",
    )

    assert [(o.state, o.code) for o in outcomes] == [
        ("created", "unknown_consultant"),
        ("created", "unknown_referrer"),
        ("created", ""),
    ]
    assert Branch.objects.get().name == "静安"
    assert Customer.objects.get(name="C").referrer.name == "A"
    assert {e.kind for e in CustomerEvent.objects.all()} == {"customer.imported"}


@pytest.mark.parametrize("source", ["", "x" * 61, "a\nb", "a\x00b"])
def test_a_source_needs_a_name(clinic, source):
    with pytest.raises(DomainError):
        send(CustomerRecord("C1", name="A"), source=source)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "x" * 201}, "too_long"),
        ({"name": "a\x00b"}, "text_nul"),
        ({"notes": "\ud800"}, "text_bad_characters"),
        ({"gender": "F"}, "unknown_choice"),
        ({"tags": ("",)}, "required"),
        ({"tags": ("x" * 61,)}, "too_long"),
        ({"identities": (("wechat", ""),)}, "invalid_identity"),
        ({"consents": (ConsentRecord("marketing", "fax", True),)}, "unknown_choice"),
        ({"consents": (ConsentRecord("marketing", "sms", True, datetime(2026, 1, 1)),)},
         "no_offset"),
        ({"birth_on": date(1850, 1, 1)}, "out_of_range"),
        ({"known_since_on": date(2026, 6, 2)}, "in_future"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(clinic, change, code):
    [outcome] = send(CustomerRecord(**{"external_id": "C1", "name": "A", **change}))

    assert (outcome.state, outcome.code) == ("refused", code)
    assert not Customer.objects.exists()


def test_another_clinics_customer_is_not_found(clinic, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        IdentityFactory(source="booking", external_id="C1")

    assert states(send(CustomerRecord("C1", name="A"))) == ["created"]


def test_the_number_of_queries_does_not_grow_with_the_batch(clinic, django_assert_max_num_queries):
    def records(n, start):
        return [
            CustomerRecord(f"C{i}", name=f"N{i}", phones=(f"138{i:08d}",), tags=("t",),
                           consents=(ConsentRecord("marketing", "email", True),))
            for i in range(start, start + n)
        ]  # fmt: skip

    send(*records(1, 0))
    with django_assert_max_num_queries(45) as few:
        send(*records(3, 100))
    with django_assert_max_num_queries(45) as many:
        send(*records(300, 200))

    assert len(many) == len(few)


def test_search_tokens_of_new_customers_are_those_a_repair_would_make(clinic):
    send(
        FULL,
        CustomerRecord(
            "C2", name="Ann O'Hara", identities=(("wechat", "wxid_7"), ("pos", "P 7/2"))
        ),
        CustomerRecord("C3", name="Berta", phones=("138 0013 8000",)),
        door="file",
    )
    written = set(SearchToken.objects.values_list("customer_id", "token"))
    search_tokens.rebuild_all()

    assert written == set(SearchToken.objects.values_list("customer_id", "token"))
    assert {"wxm", "13800138000", "wxid"} <= {token for _customer, token in written}


def test_search_tokens_follow_the_customer(clinic):
    from customers.queries.search import search

    send(FULL)
    assert [c.name for c in search("xiaoming")] == ["王小明"]

    send(CustomerRecord("C1", name="李雷", phones=()))

    assert not search("xiaoming").exists()
    assert not search("13800138000").exists()
    assert [c.name for c in search("lilei")] == ["李雷"]
