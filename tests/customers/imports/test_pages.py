import csv
import io

import pytest
from django.urls import reverse

from customers.models import Customer, ImportFile
from customers.services import imports
from tests.customers.imports.conftest import bring_in, do, upload

CONTENT = "id,姓名,手机,备注\nC1,王小明,13800138000,\nC2,李静,1.38E+10,=cmd|calc\n"


def page(name: str, stored: ImportFile) -> str:
    return reverse(f"customers:import-{name}", args=[stored.pk])


def mapping_form(stored: ImportFile, **changes) -> dict:
    columns, headers = stored.mapping["columns"], imports.headers_of(stored)
    sent = {f"column_{index}": columns[header] for index, header in enumerate(headers)}
    return {**sent, "day_first": "", **changes}


def test_whole_way_in_the_browser(clinic, client_as, run_tasks):
    client = client_as("manager")
    file = io.BytesIO(CONTENT.encode())
    file.name = "顾客.csv"

    uploaded = client.post(reverse("customers:import-new"), {"kind": "customers", "file": file})
    stored = ImportFile.objects.get()
    mapped = client.get(uploaded.url)
    with run_tasks():
        client.post(page("check", stored), mapping_form(stored))
    tried = client.get(page("detail", stored)).content.decode()
    nobody_yet = Customer.objects.count()
    with run_tasks():
        client.post(page("run", stored))
    done = client.get(page("detail", stored)).content.decode()

    assert "+8613800138000" in mapped.content.decode()  # our reading beneath theirs
    assert "Import 1 customer" in tried
    assert nobody_yet == 0
    assert "1 created, 0 updated, 0 unchanged. 1 of 2 rows refused." in done
    assert Customer.objects.get().name == "王小明"


def test_change_of_a_select_reads_the_rows_anew(clinic, client_as):
    client, stored = client_as("manager"), upload(CONTENT)

    answer = client.post(
        page("mapping", stored), mapping_form(stored, column_2=""), HTTP_HX_REQUEST="true"
    )

    assert "<html" not in answer.content.decode()
    assert "+8613800138000" not in answer.content.decode()
    assert ImportFile.objects.get().mapping["columns"] == {
        "id": "external_id",
        "姓名": "name",
        "手机": "",
        "备注": "notes",
    }


def test_missing_column_is_named_and_cannot_be_tried(clinic, client_as):
    client, stored = client_as("manager"), upload("编码,说法\nC1,王小明\n")

    answer = client.get(page("mapping", stored)).content.decode()

    assert "Map at least one" in answer
    assert "disabled" in answer


def test_column_given_twice_is_named(clinic, client_as):
    client, stored = client_as("manager"), upload(CONTENT)

    answer = client.post(
        page("mapping", stored), mapping_form(stored, column_3="name"), HTTP_HX_REQUEST="true"
    )

    assert "filled by two columns" in answer.content.decode()


def test_progress_page_shows_rows_and_ends_with_the_result(clinic, client_as):
    client, stored = client_as("manager"), upload(CONTENT)
    imports.ask_for_import(import_file=stored, by=None, in_background=False)

    waiting = client.get(page("progress", stored), HTTP_HX_REQUEST="true")
    imports.work(import_id=stored.pk, at=stored.created_at)
    over = client.get(page("progress", stored), HTTP_HX_REQUEST="true")

    assert "Waiting for a free worker" in waiting.content.decode()
    assert over.headers["HX-Refresh"] == "true"


def test_error_file_can_be_corrected_and_sent_again(clinic, client_as):
    done = bring_in(CONTENT)

    answer = client_as("manager").get(page("errors", done))
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(content))
    again = bring_in(content.replace("1.38E+10", "13900139000"))

    assert content.startswith("id,姓名")
    assert header == ["id", "姓名", "手机", "备注", "Line", "Column", "What to do"]
    assert row[:6] == ["C2", "李静", "1.38E+10", "'=cmd|calc", "3", "手机"]
    assert again.n_created == 1


def test_error_file_speaks_the_readers_language(clinic, client_as):
    done, client = bring_in(CONTENT), client_as("manager")
    client.cookies["language"] = "zh-hans"

    content = b"".join(client.get(page("errors", done)).streaming_content).decode()

    assert "Excel" in content and "What to do" not in content


@pytest.mark.parametrize("n_imports", [1, 3])
def test_list_asks_the_same_number_of_queries(
    clinic, client_as, django_assert_num_queries, n_imports
):
    client = client_as("manager")
    for number in range(n_imports):
        bring_in(f"id,name\nC{number},Ann\n")
    client.get(reverse("customers:import-list"))

    with django_assert_num_queries(15):  # 10 of them are the frame's: session, member, branches
        answer = client.get(reverse("customers:import-list"))

    assert answer.content.decode().count("customers.csv") == n_imports


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("get", "detail"),
        ("get", "mapping"),
        ("post", "mapping"),
        ("post", "check"),
        ("post", "run"),
        ("get", "progress"),
        ("get", "errors"),
        ("post", "discard"),
    ],
)
def test_foreign_import_answers_as_an_unknown_one(
    clinic, other_clinic, in_clinic, client_as, method, name
):
    with in_clinic(other_clinic):
        foreign = upload(CONTENT)
    client = client_as("owner")
    unknown = reverse(f"customers:import-{name}", args=[foreign.pk + 1_000])

    answers = [getattr(client, method)(url) for url in (page(name, foreign), unknown)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({len(answer.content) for answer in answers}) == 1


@pytest.mark.parametrize("role", ["staff", "analyst"])
def test_only_leading_roles_import(clinic, client_as, role):
    assert client_as(role).get(reverse("customers:import-list")).status_code == 403


def test_member_bound_to_a_branch_cannot_import(clinic, client_as, manager):
    from tests.factories.tenancy import BranchFactory

    manager.branch = BranchFactory()
    manager.save()

    assert client_as(manager).get(reverse("customers:import-list")).status_code == 403


def test_upload_lies_where_no_address_leads(clinic, client_as, media):
    stored = upload(CONTENT)
    [path] = [path for path in media.rglob("*") if path.is_file()]

    assert "customers" not in path.name and path.stat().st_mode & 0o077 == 0
    for url in (f"/media/{stored.stored_path}", f"/{stored.stored_path}"):
        assert client_as("owner").get(url).status_code == 404


def test_finished_import_is_not_run_again(clinic, client_as):
    done = bring_in(CONTENT)

    client_as("manager").post(page("run", done))

    assert ImportFile.objects.get().job_id == done.job_id


def test_discarded_file_is_gone(clinic, client_as, media):
    stored = upload(CONTENT)

    client_as("manager").post(page("discard", stored))

    assert not ImportFile.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_failed_import_says_why(clinic, client_as):
    stored = upload(CONTENT, mapping={"options": {"currency": "USD"}})
    done = do(stored)

    answer = client_as("manager").get(page("detail", done)).content.decode()

    assert "keeps its books in CNY" in answer
