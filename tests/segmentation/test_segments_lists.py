"""Lists of customers: pasted or uploaded, found by id, phone or e-mail, the unknown told."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segmentation.models import CustomerList, Segment
from segmentation.services import customer_lists
from tenancy.exceptions import DomainError
from tests.factories.customers import ContactPointFactory, CustomerFactory, IdentityFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory


@pytest.fixture
def people(clinic):
    anna, berta, clara = (CustomerFactory(name=name) for name in ("Anna", "Berta", "Clara"))
    IdentityFactory(customer=anna, external_id="C-1")
    ContactPointFactory(customer=berta, kind="phone", value="+8613800134321")
    ContactPointFactory(customer=clara, kind="phone", value="+8613800134321")
    ContactPointFactory(customer=clara, kind="email", value="clara@example.com")
    return anna, berta, clara


def on(made: CustomerList) -> list[str]:
    return sorted(made.entries.values_list("customer__name", flat=True))


def post(client, **data):
    return client.post("/segments/lists/new/", {"name": "Fair"} | data)


def test_ids_phones_and_emails_are_found_and_the_rest_is_told(client_as, people):
    lines = "C-1\n138 0013 4321\nclara@EXAMPLE.com\nC-1\nC-99\n\n"
    assert post(client_as("manager"), lines=lines).status_code == 302

    made = CustomerList.objects.get()
    assert on(made) == ["Anna", "Berta", "Clara"]
    assert (made.n_given, made.n_unknown, made.n_shared, made.unknown) == (4, 1, 1, ["C-99"])
    page = client_as("manager").get("/segments/lists/")
    assert "C-99" in page.content.decode()
    assert "C-99" not in client_as("analyst").get("/segments/lists/").content.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_by_its_first_column(client_as, people, encoding):
    content = "客户编号,姓名\r\nC-1,安娜\r\n".encode(encoding)
    file = SimpleUploadedFile("list.csv", content)
    assert post(client_as("manager"), file=file).status_code == 302

    made = CustomerList.objects.get()
    assert (on(made), made.unknown) == (["Anna"], ["客户编号"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"lines": ""}, "Paste or upload at least one line."),
        ({"lines": "C-99\nC-98"}, "Nobody was found by these 2 lines."),
        ({"lines": "C-1\na\x00b"}, "Line 2 is no id, phone or e-mail"),
        ({"lines": "x" * 300}, "Line 1 is no id, phone or e-mail"),
        (
            {"file": SimpleUploadedFile("x.png", b"\x89PNG\r\n\xff\xff\xfe")},
            "This is no text file.",
        ),
        ({"lines": "C-1", "name": " "}, "Give a name of 1 to 120 characters."),
    ],
)
def test_refusals_say_what_to_do_and_keep_what_was_typed(client_as, people, data, message):
    response = post(client_as("manager"), **data)

    assert (response.status_code, CustomerList.objects.count()) == (422, 0)
    assert message in " ".join(response.content.decode().split())


def test_too_many_lines_are_refused(monkeypatch):
    monkeypatch.setattr(customer_lists, "MOST_LINES", 2)
    with pytest.raises(DomainError, match="3 lines are too many"):
        customer_lists.lines_of_text("a\nb\nc")


def test_a_list_in_use_stays_and_a_free_one_goes(client_as, people):
    client = client_as("manager")
    post(client, lines="C-1")
    made = CustomerList.objects.get()
    rule = {
        "match": "all",
        "conditions": [{"attribute": "list", "operator": "is", "value": [made.pk]}],
    }
    user = Segment.objects.create(name="User", rule=rule)

    kept = client.post(f"/segments/lists/{made.pk}/delete/", follow=True)
    assert "“Fair” is used by the segment “User” and stays." in kept.content.decode()
    user.delete()
    client.post(f"/segments/lists/{made.pk}/delete/")
    assert CustomerList.objects.count() == 0


def test_nobody_of_another_branch_or_clinic_gets_on_a_list(
    client_as, people, other_clinic, in_clinic
):
    with in_clinic(other_clinic):
        IdentityFactory(customer=CustomerFactory(name="Theirs"), external_id="C-1")
    east = BranchFactory()
    type(people[1]).objects.filter(pk=people[1].pk).update(home_branch=east)
    client = client_as(MembershipFactory(role="manager", branch=east))
    assert post(client, lines="C-1\n13800134321").status_code == 302

    made = CustomerList.objects.get()
    assert (on(made), made.unknown) == (["Berta"], ["C-1"])


@pytest.mark.parametrize("n", [1, 3])
def test_lists_cost_the_same_for_one_and_three(client_as, people, n):
    client = client_as("manager")
    for i in range(n):
        post(client, lines="C-1", name=f"List {i}")
    client.get("/segments/lists/")
    with CaptureQueriesContext(connection) as frame:
        client.get("/customers/search/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/segments/lists/")
    assert len(captured) - len(frame) == 1


def test_the_same_name_twice_is_refused(client_as, people):
    client = client_as("manager")
    post(client, lines="C-1")
    assert "There is a list “Fair” already." in post(client, lines="C-1").content.decode()


def test_only_leaders_make_lists(client_as):
    for role in ("staff", "analyst"):
        assert post(client_as(role), lines="C-1").status_code == 403
