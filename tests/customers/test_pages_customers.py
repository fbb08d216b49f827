"""The list, the search box and the profile, as people of each role meet them."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Consent, CustomerEvent, CustomerTag, Note
from customers.queries.listing import PAGE_SIZE
from customers.services import search_tokens
from tenancy.models import AuditEntry
from tests.factories.customers import (
    AppointmentFactory,
    ConsentFactory,
    ContactPointFactory,
    CustomerEventFactory,
    CustomerFactory,
    SaleFactory,
    TagFactory,
)
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}


def person(name: str, *, phone: str = "", email: str = "", **fields):
    customer = CustomerFactory(name=name, **fields)
    if phone:
        ContactPointFactory(customer=customer, kind="phone", value=phone)
    if email:
        ContactPointFactory(customer=customer, kind="email", value=email)
    search_tokens.rebuild([customer.pk])
    return customer


def own_queries(client, path: str, query: dict | None = None) -> int:
    """What a page asks beyond the frame (session, membership, branches…)."""

    def count(path: str, query: dict | None = None) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path, query or {}).status_code == 200
        return len(captured)

    return count(path, query) - count("/customers/search/")  # an empty search asks nothing itself


def names(response) -> list[str]:
    return [row.customer.name for row, _cells in response.context["lines"]]


def busy_person(i: int):
    customer = person(f"Anna {i}", phone=f"+861380000000{i}", email=f"anna{i}@mail.example")
    ConsentFactory(customer=customer)
    busier(customer, 1)
    return customer


def busier(customer, n: int) -> None:
    for i in range(n):
        SaleFactory(customer=customer, on=date(2026, 1, 1 + i))
        CustomerEventFactory(customer=customer)
        CustomerTag.objects.create(customer=customer, tag=TagFactory())


@pytest.mark.parametrize("n", [1, 3])
def test_list_costs_the_same_for_any_number(client_as, n):
    for i in range(n):
        busy_person(i)

    # rows; what stands beside them, whatever columns apps above add; how many and what they spent
    assert own_queries(client_as("staff"), "/customers/") == 3


@pytest.mark.parametrize("n", [1, 3])
def test_search_costs_the_same_for_any_number(client_as, n):
    for i in range(n):
        busy_person(i)

    # how common the words are, who is found, what stands beside them
    assert own_queries(client_as("staff"), "/customers/search/", {"q": "anna"}) == 3
    assert own_queries(client_as("staff"), "/customers/", {"q": "anna"}) == 4


def test_profile_costs_the_same_for_one_and_many(client_as):
    customer = busy_person(1)
    address, client = f"/customers/{customer.pk}/", client_as("staff")
    with_one = own_queries(client, address)
    busier(customer, 20)

    # three of the twelve are the frame's, one may come with an account
    assert own_queries(client, address) == with_one <= 12 - 3 - 1


@pytest.mark.parametrize(
    "typed",
    ["王", "王小", "小明", "王小明", "wangxiaoming", "xiaoming", "wxm", "WXM",
     "4321", "138 0013 4321", "+86 138-0013-4321", "xm.wang", "xm.wang@mail.example", "小明 4321"],
)  # fmt: skip
def test_search_finds_by_whatever_is_at_hand(client_as, typed):
    person("王小明", phone="+8613800134321", email="xm.wang@mail.example")
    person("李雷", phone="+8613900139000", email="lei@mail.example")
    client = client_as("staff")

    assert names(client.get("/customers/", {"q": typed})) == ["王小明"]
    assert client.get("/customers/search/", {"q": typed}).content.count(b'role="option"') == 1


@pytest.mark.parametrize(
    "typed", ["小王", "王 李", "77", "nobody", "%", "_", "\x00", "' OR 1=1 --", "🙂"]
)
def test_search_that_fits_nobody_says_so(client_as, typed):
    person("王小明", phone="+8613800134321")

    response = client_as("staff").get("/customers/search/", {"q": typed})

    assert response.status_code == 200
    assert b'role="option"' not in response.content
    assert b"search-note" in response.content


def test_search_box_shows_eight_who_were_here_last(client_as):
    for i in range(10):
        person(f"Anna {i}", last_visit_on=date(2026, 1, 1) + timedelta(days=i))

    response = client_as("staff").get("/customers/search/", {"q": "anna"})

    assert [row.customer.name for row in response.context["rows"]] == [
        f"Anna {i}" for i in range(9, 1, -1)
    ]


def test_analyst_sees_contacts_masked_everywhere_and_cannot_guess_them(client_as):
    customer = person("Anna Berg", phone="+8613800134321", email="anna.secret@mail.example")
    client = client_as("analyst")
    pages = [
        client.get("/customers/"),
        client.get(f"/customers/{customer.pk}/"),
        client.get("/customers/search/", {"q": "berg"}),
    ]

    for page in pages:
        assert b"Anna Berg" in page.content
        assert b"13800134321" not in page.content
        assert b"138 0013 4321" not in page.content
        assert b"anna.secret" not in page.content
    assert b"+861****21" in pages[0].content
    assert b"a***@mail.example" in pages[1].content
    assert names(client.get("/customers/", {"q": "13800134321"})) == []
    assert b"+86 138 0013 4321" in client_as("staff").get("/customers/").content


def test_branch_bound_member_sees_only_the_branch(client_as, clinic):
    east, west = BranchFactory(name="East"), BranchFactory(name="West")
    ours = person("Anna East", home_branch=east)
    theirs = person("Anna West", home_branch=west)
    person("Anna Nowhere")
    client = client_as(MembershipFactory(role="staff", branch=east))

    assert names(client.get("/customers/")) == ["Anna East"]
    assert names(client.get("/customers/", {"branch": west.pk})) == []
    assert client.get("/customers/search/", {"q": "anna"}).content.count(b'role="option"') == 1
    assert client.get(f"/customers/{ours.pk}/").status_code == 200
    for path in ("", "timeline/", "edit/"):
        assert client.get(f"/customers/{theirs.pk}/{path}").status_code == 404
    assert client.post(f"/customers/{theirs.pk}/notes/", {"text": "x"}).status_code == 404
    assert Note.objects.count() == 0


def test_foreign_id_answers_like_an_unknown_one(client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        foreign = person("CANARY").pk
    client = client_as("owner")
    for path in ("", "timeline/", "edit/"):
        strange = client.get(f"/customers/{foreign}/{path}")
        unknown = client.get(f"/customers/{foreign + 9999}/{path}")
        assert (strange.status_code, unknown.status_code) == (404, 404)
        assert b"CANARY" not in strange.content
    assert client.get(f"/customers/{10**30}/").status_code == 404
    assert names(client.get("/customers/", {"q": "CANARY"})) == []


def test_filters_combine_and_unknown_values_are_named(client_as):
    gold = TagFactory(name="gold")
    anna = person("Anna", last_visit_on=timezone.now().date(), acquisition_source="Friend")
    berta = person("Berta", acquisition_source="Friend")
    for customer in (anna, berta):
        CustomerTag.objects.create(customer=customer, tag=gold)
    person("Clara", last_visit_on=timezone.now().date())
    client = client_as("staff")

    assert sorted(names(client.get("/customers/", {"tag": gold.pk}))) == ["Anna", "Berta"]
    assert names(client.get("/customers/", {"tag": gold.pk, "last_visit": "30"})) == ["Anna"]
    assert sorted(names(client.get("/customers/", {"last_visit": ["30", "never"]}))) == [
        "Anna", "Berta", "Clara",
    ]  # fmt: skip
    assert sorted(names(client.get("/customers/", {"source": "Friend", "q": "a"}))) == []
    strange = client.get("/customers/", {"tag": "rubbish"})
    assert "Tag knows no “rubbish”" in strange.content.decode()
    assert len(names(strange)) == 3


def test_chip_takes_one_filter_away_and_keeps_the_rest(client_as):
    tag = TagFactory(name="gold")
    page = client_as("staff").get(
        "/customers/", {"tag": tag.pk, "last_visit": ["30", "90"], "sort": "name", "page": "2"}
    )

    content = page.content.decode()
    assert 'href="?last_visit=30&amp;last_visit=90&amp;sort=name"' in content
    assert f'href="?tag={tag.pk}&amp;sort=name"' in content
    assert "{%" not in content
    assert "in the last 30 days or 31–90 days ago" in " ".join(content.split())


def test_list_says_how_many_and_what_they_spent(client_as):
    anna, berta = person("Anna"), person("Berta")
    SaleFactory(customer=anna, net_minor=120_000)
    SaleFactory(customer=anna, net_minor=-20_000, kind="refund")
    SaleFactory(customer=berta, net_minor=50_000)
    client = client_as("staff")

    response = client.get("/customers/", {"sort": "-spend"})

    assert names(response) == ["Anna", "Berta"]
    assert [row.net_minor for row, _cells in response.context["lines"]] == [100_000, 50_000]
    assert response.context["totals"].n == 2
    assert response.context["totals"].net_minor == 150_000
    assert "2 customers" in " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Anna", "Berta", "Clara"]),
        ("-name", ["Clara", "Berta", "Anna"]),
        ("-last_visit", ["Berta", "Anna", "Clara"]),
        ("last_visit", ["Clara", "Anna", "Berta"]),
        ("rubbish", ["Berta", "Anna", "Clara"]),
    ],
)
def test_list_sorts(client_as, sort, expected):
    person("Anna", last_visit_on=date(2026, 1, 1))
    person("Berta", last_visit_on=date(2026, 2, 1))
    person("Clara")

    assert names(client_as("staff").get("/customers/", {"sort": sort})) == expected


def test_pages_hold_fifty_and_turn(client_as):
    CustomerFactory.create_batch(PAGE_SIZE + 1)
    client = client_as("staff")
    first = client.get("/customers/")
    second = client.get("/customers/", {"page": first.context["page"].next})

    assert (len(names(first)), len(names(second))) == (PAGE_SIZE, 1)
    assert set(names(first)).isdisjoint(names(second))
    assert (second.context["page"].first_index, second.context["page"].next) == (51, "")
    for page in (
        "0",
        "2",
        "x",
        "a",
        "a1",
        "a1~2",
        "a1~2~x",
        "a1~9999999999999999999~2026-01-01",
        "a²~1~2026-01-01",
        "a1~1~0000-00-00",
        "b1~1~2026-01-01\0",
        "a1~1~2026-01-01",
        "",
    ):
        assert client.get("/customers/", {"page": page}).status_code == 200
        assert client.get("/customers/", {"page": page, "sort": "spend"}).status_code == 200


def test_count_is_capped_and_says_so(client_as, monkeypatch):
    monkeypatch.setattr("customers.queries.counting.count_and_value.__kwdefaults__", {"cap": 2})
    CustomerFactory.create_batch(3)
    client = client_as("staff")

    page = " ".join(client.get("/customers/").content.decode().split())
    exact = " ".join(client.get("/customers/count/").content.decode().split())

    assert "More than 2 customers" in page
    assert "3 customers" in exact


def test_empty_list_offers_the_next_step(client_as):
    assert b"No customers yet" in client_as("manager").get("/customers/").content
    person("Anna")
    narrowed = client_as("manager").get("/customers/", {"q": "zzz"})
    assert b"No customer matches" in narrowed.content


def test_profile_tells_what_was_spent_and_leaves_a_trace(client_as, staff):
    customer = person("Anna", phone="+8613800134321", birth_on=date(1990, 5, 4), city="Shanghai")
    SaleFactory(customer=customer, on=date(2026, 1, 1), net_minor=30_000)
    SaleFactory(customer=customer, on=date(2026, 1, 1), net_minor=10_000)
    SaleFactory(customer=customer, on=date(2026, 2, 1), net_minor=20_000)
    SaleFactory(customer=customer, on=date(2026, 3, 1), net_minor=20_000)
    SaleFactory(customer=customer, on=date(2026, 3, 1), net_minor=-20_000, kind="refund")

    response = client_as(staff).get(f"/customers/{customer.pk}/")

    spend = response.context["profile"].spend
    assert (spend.net_minor, spend.n_purchase_days, spend.average_minor) == (60_000, 2, 30_000)
    assert (spend.first_on, spend.last_on) == (date(2026, 1, 1), date(2026, 2, 1))
    entry = AuditEntry.objects.get(action="customer.viewed")
    assert (entry.actor, entry.subject_id) == (staff, customer.pk)


def test_story_goes_on_without_gap_or_repetition(client_as, clinic):
    customer = person("Anna")
    at = datetime(2026, 5, 1, 4, tzinfo=clinic.zone)
    for i in range(65):  # many at the same instant: the key breaks the tie
        CustomerEventFactory(customer=customer, occurred_at=at - timedelta(days=i // 10))
    client = client_as("staff")
    seen, page = [], client.get(f"/customers/{customer.pk}/timeline/")
    months = []
    while True:
        story = page.context["story"]
        seen += [entry.at for entry in story.entries]
        months += [
            entry.starts_month.strftime("%Y-%m") for entry in story.entries if entry.starts_month
        ]
        if not story.next_cursor:
            break
        page = client.get(
            f"/customers/{customer.pk}/timeline/", {"cursor": story.next_cursor}, headers=HTMX
        )

    assert len(seen) == 65
    assert seen == sorted(seen, reverse=True)
    assert months == ["2026-05", "2026-04"]


def test_story_filters_by_kind_and_refuses_what_it_never_gave(client_as):
    customer = person("Anna")
    CustomerEventFactory(customer=customer, kind="sale.recorded", amount_minor=5_000)
    CustomerEventFactory(customer=customer, kind="appointment.missed", source_key="a:1")
    client = client_as("staff")
    address = f"/customers/{customer.pk}/timeline/"

    visits = client.get(address, {"kind": "visits"}).context["story"].entries
    assert [entry.kind for entry in visits] == ["appointment.missed"]
    for query in (
        {"kind": "rubbish"},
        {"cursor": "rubbish"},
        {"cursor": "MjAyNg"},
        {"cursor": "é"},
    ):
        assert client.get(address, query).status_code == 404


@pytest.mark.parametrize(
    ("kind", "payload", "details", "actor"),
    [
        ("sale.recorded", {"items": ["Filler", "Peel"], "n_lines": 2}, ["Filler, Peel"], ""),
        ("tier.changed", {"old_tier": "Silver", "tier": "Gold"}, ["Silver → Gold"], ""),
        ("tier.changed", {"old_tier": "", "tier": "Gold"}, ["Gold"], ""),
        ("call.made", {"outcome": "no_answer", "by": "Tom"}, ["No answer"], "Tom"),
        ("feedback.given", {"csat": 4}, ["4 of 5"], ""),
        ("sale.recorded", ["unexpected"], [], ""),
        ("something.new", {"secret": "x"}, [], ""),
    ],
)
def test_story_says_what_the_payload_tells(client_as, kind, payload, details, actor):
    customer = person("Anna")
    CustomerEventFactory(customer=customer, kind=kind, payload=payload)
    page = client_as("staff").get(f"/customers/{customer.pk}/timeline/")

    (entry,) = page.context["story"].entries
    assert ([str(text) for text in entry.details], entry.actor) == (details, actor)


def test_note_is_written_once_and_stands_in_the_story(client_as, staff):
    customer = person("Anna")
    response = client_as(staff).post(
        f"/customers/{customer.pk}/notes/", {"text": "<b>Shy of needles</b>"}, headers=HTMX
    )

    note = Note.objects.get()
    assert (note.text, note.author, note.customer) == ("<b>Shy of needles</b>", staff, customer)
    assert CustomerEvent.objects.get(kind="note.added").source_key == f"note:{note.pk}"
    assert b"&lt;b&gt;Shy of needles&lt;/b&gt;" in response.content


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "x" * 5_001])
def test_bad_note_is_refused_and_kept_on_screen(client_as, text):
    customer = person("Anna")
    response = client_as("staff").post(
        f"/customers/{customer.pk}/notes/", {"text": text}, headers=HTMX
    )

    assert response.status_code == 422
    assert Note.objects.count() == 0


def test_tags_come_and_go(client_as):
    customer = person("Anna")
    client = client_as("staff")
    client.post(f"/customers/{customer.pk}/tags/", {"name": "  VIP  guest "})
    client.post(f"/customers/{customer.pk}/tags/", {"name": "vip guest"})

    link = CustomerTag.objects.get()
    assert link.tag.name == "VIP guest"
    client.post(f"/customers/{customer.pk}/tags/{link.tag_id}/remove/")
    assert CustomerTag.objects.count() == 0
    assert client.post(
        f"/customers/{customer.pk}/tags/", {"name": "x" * 61}, headers=HTMX
    ).status_code == 422  # fmt: skip


def test_consent_is_given_and_withdrawn_at_the_desk(client_as):
    customer = person("Anna")
    client = client_as("staff")
    address = f"/customers/{customer.pk}/consents/"
    said = {"purpose": "marketing", "channel": "email"}
    client.post(address, said | {"answer": "yes"}, headers=HTMX)
    assert Consent.objects.get().withdrawn_at is None
    client.post(address, said | {"answer": "no"}, headers=HTMX)
    assert Consent.objects.get().withdrawn_at is not None

    strange = client.post(address, {"purpose": "x", "channel": "y", "answer": "yes"}, headers=HTMX)
    assert strange.status_code == 422
    assert list(
        AuditEntry.objects.filter(action__startswith="consent").order_by("pk").values_list(
            "action", flat=True
        )
    ) == ["consent.given", "consent.withdrawn"]  # fmt: skip


def test_edit_changes_fields_search_and_trace(client_as, manager):
    customer = person("Anna", city="Shanghai")
    client = client_as(manager)
    assert client.get(f"/customers/{customer.pk}/edit/").status_code == 200
    response = client.post(
        f"/customers/{customer.pk}/edit/",
        {"name": "李雷", "city": "Shanghai", "birth_on": "1990-02-03"},
    )

    assert response.status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.birth_on) == ("李雷", date(1990, 2, 3))
    assert names(client.get("/customers/", {"q": "lilei"})) == ["李雷"]
    assert AuditEntry.objects.get(action="customer.changed").detail == {
        "fields": ["birth_on", "name"]
    }


def test_edit_shows_and_keeps_branch_and_consultant(client_as, staff):
    east, west = BranchFactory(name="East"), BranchFactory(name="West")
    staff.is_active = False
    staff.save()
    customer = person("Anna", home_branch=east, consultant=staff)
    client = client_as("manager")
    form = client.get(f"/customers/{customer.pk}/edit/").context["form"]

    assert (form["home_branch"].value(), form["consultant"].value()) == (east.pk, staff.pk)
    client.post(
        f"/customers/{customer.pk}/edit/",
        {"name": "Anna", "home_branch": west.pk, "consultant": staff.pk},
    )
    customer.refresh_from_db()
    assert (customer.home_branch, customer.consultant) == (west, staff)


def test_edit_refuses_with_reasons_and_changes_nothing(client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        foreign_branch = BranchFactory().pk
    customer = person("Anna")
    response = client_as("manager").post(
        f"/customers/{customer.pk}/edit/",
        {"name": "", "birth_on": "2999-01-01", "gender": "x", "home_branch": foreign_branch},
    )

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "birth_on", "gender", "home_branch"}
    customer.refresh_from_db()
    assert customer.name == "Anna"


def test_analyst_changes_nothing(client_as):
    customer = person("Anna")
    ConsentFactory(customer=customer)
    client = client_as("analyst")
    for path in ("edit/", "notes/", "tags/", "tags/1/remove/", "consents/"):
        assert client.post(f"/customers/{customer.pk}/{path}", {}).status_code == 403


def test_profile_shows_the_next_appointment_only(client_as):
    customer = person("Anna")
    soon = timezone.now() + timedelta(days=2)
    AppointmentFactory(customer=customer, starts_at=soon, status="cancelled")
    booked = AppointmentFactory(customer=customer, starts_at=soon + timedelta(days=1))
    AppointmentFactory(customer=customer, starts_at=soon + timedelta(days=9))

    response = client_as("staff").get(f"/customers/{customer.pk}/")

    assert response.context["profile"].next_appointment == booked
