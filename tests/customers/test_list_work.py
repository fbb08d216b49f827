"""Saved views and work on many customers: who may, what is done, what is left on record."""

import csv
import io

import pytest
from django.core import signing
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, CustomerChange, CustomerTag, SavedView
from customers.services import list_export, list_jobs
from customers.views import bulk as bulk_views
from tenancy.models import AuditEntry, Job
from tests.customers.test_pages_customers import names, person
from tests.factories.customers import IdentityFactory, TagFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def three(clinic) -> list[Customer]:
    return [
        person("Anna", phone="+8613800134321", city="Shanghai"),
        person("=cmd|' /C calc'!A0", city="@SUM(1)"),
        person("Clara", city="Beijing"),
    ]


def do(job_page) -> Job:
    """The job behind a page somebody was led to, worked off."""
    job = Job.objects.get(pk=int(job_page.url.rstrip("/").rpartition("/")[2]))
    list_jobs.work(job_id=job.pk, at=timezone.now())
    job.refresh_from_db()
    return job


def test_tag_goes_to_the_selected_only(three, client_as):
    page = client_as("staff").post(
        "/customers/bulk/tag/", {"name": " vip  guest", "customer": [three[0].pk, three[2].pk]}
    )
    job = do(page)

    assert job.result == {"n_changed": 2}
    tagged = CustomerTag.objects.filter(tag__name="vip guest").values_list("customer", flat=True)
    assert set(tagged) == {three[0].pk, three[2].pk}
    entry = AuditEntry.objects.get(action="customers.tagged")
    assert entry.detail["n_selected"] == 2


def test_work_on_everybody_means_whom_the_list_finds_and_chunks_lose_nobody(
    three, client_as, staff, monkeypatch
):
    monkeypatch.setattr(list_jobs, "CHUNK", 1)
    colleague = MembershipFactory(role="staff", display_name="Dr. Wu")
    page = client_as(staff).post(
        "/customers/bulk/assign/",
        {"scope": "all", "list": 'where={"attribute":"city","operator":"is_not",'
         '"value":["Beijing"]}&page=x', "consultant": colleague.pk},
    )  # fmt: skip
    job = do(page)

    assert (job.n_done, job.n_total, job.result) == (2, 2, {"n_changed": 2})
    assert set(colleague.customers.all()) == set(three[:2])
    change = CustomerChange.objects.filter(field="consultant").first()
    assert change.actor == f"member:{staff.pk}"


def test_work_done_twice_changes_nothing_more(three, client_as):
    tag = TagFactory(name="vip")
    first = do(client_as("staff").post("/customers/bulk/tag/", {"name": "VIP", "scope": "all"}))
    list_jobs.work(job_id=first.pk, at=timezone.now())
    again = do(client_as("staff").post("/customers/bulk/tag/", {"name": "vip", "scope": "all"}))

    assert (first.result, again.result) == ({"n_changed": 3}, {"n_changed": 0})
    assert CustomerTag.objects.filter(tag=tag).count() == 3


def test_branch_bound_member_reaches_only_their_branch(three, client_as):
    east = BranchFactory(name="East")
    Customer.objects.filter(pk=three[0].pk).update(home_branch=east)
    client = client_as(MembershipFactory(role="staff", branch=east))

    everybody = do(client.post("/customers/bulk/tag/", {"name": "a", "scope": "all"}))
    selected = do(
        client.post("/customers/bulk/tag/", {"name": "b", "customer": [one.pk for one in three]})
    )

    assert (everybody.result, selected.result) == ({"n_changed": 1}, {"n_changed": 1})


def test_foreign_customers_are_not_reached(three, client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = person("Foreign").pk
    job = do(client_as("staff").post("/customers/bulk/tag/", {"name": "a", "customer": [theirs]}))

    assert job.result == {"n_changed": 0}
    with in_clinic(other_clinic):
        assert CustomerTag.objects.count() == 0


def download(client, job: Job):
    page = client.get(f"/customers/jobs/{job.pk}/")
    return client.get(f"/customers/jobs/{job.pk}/file/", {"key": page.context["key"]})


def test_export_is_safe_private_recorded_and_over_in_minutes(three, client_as, monkeypatch):
    IdentityFactory(customer=three[0], external_id="+49-1")
    manager = MembershipFactory(role="manager")
    client = client_as(manager)
    query = QueryDict(mutable=True)
    query.setlist("column", ["city", "contact", "spend"])
    job = do(client.post("/customers/bulk/export/", {"scope": "all", "list": query.urlencode()}))

    answer = download(client, job)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["Customer number", "Name", "Tags"]
    assert {row[1] for row in rows[1:]} == {"Anna", "'=cmd|' /C calc'!A0", "Clara"}
    assert rows[2][4] == "'@SUM(1)" or rows[2][3] == "'@SUM(1)"
    assert "+86 138 0013 4321" in text
    entry = AuditEntry.objects.get(action="customers.exported")
    assert (entry.actor, entry.subject_id) == (manager, job.pk)

    assert client.get(f"/customers/jobs/{job.pk}/file/", {"key": "x"}).status_code == 302
    stranger = client_as("owner")
    assert stranger.get(f"/customers/jobs/{job.pk}/").status_code == 404
    monkeypatch.setattr(bulk_views, "LINK_SECONDS", -1)
    late = client.get(
        f"/customers/jobs/{job.pk}/file/",
        {"key": signing.dumps([job.pk, manager.pk], salt=bulk_views.SALT)},
    )
    assert late.status_code == 302
    monkeypatch.setattr(list_export, "KEPT_SECONDS", -1)
    assert list_export.sweep() == 1
    assert client.get(f"/customers/jobs/{job.pk}/").context["key"] == ""


@pytest.mark.parametrize("role", ["staff", "analyst"])
def test_export_is_for_those_who_may(three, client_as, role):
    client = client_as(role)

    assert client.post("/customers/bulk/export/", {"scope": "all"}).status_code == 403
    assert b"bulk/export" not in client.get("/customers/").content


def test_nobody_selected_and_nonsense_are_told(three, client_as):
    client = client_as("manager")

    for data in (
        {"name": "a"},
        {"name": "a", "customer": ["x", "²"]},
        {"name": "", "scope": "all"},
    ):
        assert client.post("/customers/bulk/tag/", data).url == reverse("customers:list")
    for consultant in ("x", "99999999", "9" * 30):
        answer = client.post("/customers/bulk/assign/", {"scope": "all", "consultant": consultant})
        assert answer.url == reverse("customers:list")
    assert Job.objects.count() == 0


def test_view_keeps_filters_columns_and_order(three, client_as, staff):
    client = client_as(staff)
    listed = "q=a&city=&column=city&column=stage&sort=name&last_visit=never&page=x"

    answer = client.post("/customers/views/save/", {"name": "Mine", "list": listed})
    page = client.get(answer.url)

    view = SavedView.objects.get()
    assert (view.owner, view.is_shared, view.sort) == (staff, False, "name")
    assert [column.key for column in page.context["columns"]] == ["stage", "city"]
    assert page.context["query"] == "a"
    assert names(page) == names(client.get("/customers/", {"q": "a", "sort": "name"}))
    client.post("/customers/views/save/", {"name": "Mine", "list": "", "is_shared": "1"})
    assert SavedView.objects.get().is_shared is True


def test_views_of_others_show_only_when_shared(three, client_as, staff):
    SavedView.objects.create(name="Secret", owner=staff)
    shared = SavedView.objects.create(name="For all", owner=staff, is_shared=True)
    colleague = client_as(MembershipFactory(role="staff"))

    content = colleague.get("/customers/views/", headers=HTMX).content.decode()

    assert "For all" in content
    assert "Secret" not in content
    secret = SavedView.objects.get(name="Secret")
    assert colleague.post(f"/customers/views/{secret.pk}/delete/").status_code == 404
    colleague.post(f"/customers/views/{shared.pk}/delete/")
    assert SavedView.objects.filter(pk=shared.pk).exists()
    client_as("manager").post(f"/customers/views/{shared.pk}/delete/")
    assert not SavedView.objects.filter(pk=shared.pk).exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_view_needs_a_name(three, client_as, name):
    assert client_as("staff").post("/customers/views/save/", {"name": name}).status_code == 302
    assert SavedView.objects.count() == 0
