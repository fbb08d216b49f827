"""The frame around every page: what a role may reach, how it looks, what errors look like."""

import html
import json
import re

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from clinic_crm.context import shell
from tenancy.roles import Role, capabilities_of
from tests.conftest import BrowserClient, in_clinic
from tests.factories.tenancy import BranchFactory


def frame_of(role: str = "owner", path: str = "/", **cookies) -> dict:
    request = RequestFactory().get(path)
    request.capabilities = capabilities_of(role)
    request.COOKIES = cookies
    return shell(request)


@pytest.mark.parametrize("role", Role.values)
def test_the_rail_shows_only_what_the_role_may_open(client_as, role):
    client = client_as(role)
    shown = [place.url for place in frame_of(role)["places"]]
    assert [url for url in shown if client.get(url).status_code != 200] == []


def test_staff_see_no_analytics_and_no_settings():
    assert [place.url for place in frame_of("staff")["places"]] == [
        "/", "/customers/", "/segments/", "/campaigns/", "/loyalty/",
    ]  # fmt: skip


def test_a_page_below_a_place_marks_that_place():
    assert frame_of(path="/customers/17/")["active_place"].url == "/customers/"
    assert frame_of(path="/accounts/login/")["active_place"] is None


def test_an_unknown_theme_is_the_systems():
    assert frame_of(theme='"><script>')["theme"] == "system"
    assert frame_of(theme="dark")["theme"] == "dark"


def test_theme_and_language_come_from_cookies(db):
    client = BrowserClient()
    client.cookies.load({"theme": "dark", "language": "zh-hans"})
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="zh-Hans" data-theme="dark"' in page


def test_switching_to_a_clinic_one_does_not_belong_to_is_like_none(client_as, other_clinic):
    client = client_as("owner")
    assert client.post("/switch/", {"clinic_id": other_clinic.pk}).status_code == 404
    assert client.post("/switch/", {"clinic_id": "999999"}).status_code == 404
    assert client.post("/switch/", {"clinic_id": "x"}).status_code == 404


def test_a_branch_of_another_clinic_cannot_be_chosen(client_as, other_clinic):
    with in_clinic(other_clinic):
        foreign = BranchFactory()
    own = BranchFactory()
    client = client_as("owner")
    assert client.post("/switch/", {"branch_id": foreign.pk}).status_code == 404
    assert client.post("/switch/", {"branch_id": own.pk}).status_code == 302
    assert client.session["branch_id"] == own.pk


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [("owner", "/no/such/page/", 404), ("owner", "/customers/999999999/", 404),
     ("staff", "/settings/", 403)],
)  # fmt: skip
def test_an_error_keeps_a_member_inside_the_frame(client_as, role, path, status):
    answer = client_as(role).get(path)
    page = answer.content.decode()
    assert answer.status_code == status
    assert 'class="rail"' in page
    assert 'href="/campaigns/"' in page
    assert 'name="q"' in page


def test_an_error_shows_a_stranger_no_menu(db):
    answer = BrowserClient().get("/no/such/page/")
    assert answer.status_code == 404
    assert b'class="entrance"' in answer.content
    assert b'class="rail"' not in answer.content


def test_the_500_page_leans_on_nothing():
    assert "{%" not in render_to_string("500.html")
    assert "/static/error.css" in render_to_string("500.html")


def test_the_sign_in_page_says_why_not(db):
    page = BrowserClient().post(
        "/accounts/login/", {"login": "a@b.example", "password": "wrong-password"}
    )
    assert b'role="alert"' in page.content
    assert b'value="a@b.example"' in page.content


def test_chart_numbers_stand_in_a_table_too():
    source = (
        '{% load shell %}{% chart_table data as t %}{{ t.head|join:"|" }}/{{ t.rows.0|join:"|" }}'
    )
    data = {
        "kind": "dots",
        "labels": ["Wrote"],
        "series": [{"name": "Back", "values": [0.142], "low": [0.121], "high": [0.166]}],
        "unit": "percent",
    }
    printed = Template(source).render(Context({"data": data}))
    assert printed == "Back|Lower bound|Upper bound/Wrote|14.2%|12.1%|16.6%"


def test_chart_numbers_come_along_when_htmx_brings_the_chart():
    """htmx drops script elements, so they stand in an attribute, whatever is in a name."""
    data = {"kind": "bar", "labels": ['"><script>'], "series": [{"name": "A", "values": [1]}]}
    printed = render_to_string("components/chart.html", {"id": "x", "title": "T", "data": data})
    [numbers] = re.findall(r'data-numbers="([^"]*)"', printed)
    assert json.loads(html.unescape(numbers)) == data
    assert "<script" not in printed
