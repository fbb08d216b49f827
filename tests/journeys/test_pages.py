"""Every page that can be reached by clicking: no error, no stranger asked, usable by everybody."""

import pytest

from tests.journeys.conftest import CHINESE, ENGLISH
from tests.journeys.crawling import crawl, kind_of
from tests.journeys.visitor import PHONE, require_none

ROLES = ("owner", "manager", "staff", "analyst")
# What a role may not see, by docs/security.md; owners may see everything of their clinic.
CLOSED = [
    ("manager", "/settings/api-keys/new/"),
    ("staff", "/settings/"),
    ("staff", "/analytics/"),
    ("analyst", "/settings/"),
    ("analyst", "/campaigns/new/"),
    ("analyst", "/customers/imports/"),
]
# Rooms that came later; an owner's crawl that misses one has lost a link.
ROOMS = {
    "/customers/new/", "/customers/N/edit/", "/customers/N/history/", "/customers/N/health/",
    "/customers/N/consents/all/", "/customers/N/rights/", "/customers/duplicates/",
    "/customers/duplicates/N/and/N/", "/customers/duplicates/merges/", "/customers/quality/",
    "/customers/quality/no_phone/", "/customers/imports/", "/customers/imports/new/",
    "/settings/treatments/", "/settings/treatments/N/", "/settings/customers/fields/",
    "/settings/customers/sources/", "/settings/connections/", "/settings/connections/sources/new/",
    "/segments/N/edit/", "/segments/scores/", "/loyalty/accounts/N/", "/analytics/campaigns/N/",
}  # fmt: skip
STRANGERS = ("/accounts/login/", "/accounts/password/reset/")


def unreadable_on(visitor, path: str) -> list[str]:
    return [f"{path}: {issue}" for issue in visitor.grave_axe_issues()]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_sound(visit, role):
    visitor = visit(role)
    wrong, seen = [], set()
    for path, status in crawl(visitor):
        seen.add(kind_of(path))
        if status != 200:
            wrong.append(f"{path}: {status}")
        wrong += unreadable_on(visitor, path)
        wrong += [f"{path}: leads away to {href}" for href in visitor.foreign_links()]
    require_none(wrong + visitor.faults)
    assert len(seen) >= 12
    if role == "owner":
        assert seen >= ROOMS, f"no link leads to {sorted(ROOMS - seen)}"


@pytest.mark.parametrize("clinic", [CHINESE, ENGLISH])
def test_every_page_fits_a_phone_in_chinese_in_the_dark(visit, clinic):
    visitor = visit("owner", clinic, size=PHONE, language="zh-hans", theme="dark")
    wrong = []
    for path, _status in crawl(visitor):
        if (too_wide := visitor.n_pixels_too_wide()) > 0:
            wrong.append(f"{path}: {too_wide} px too wide")
        wrong += unreadable_on(visitor, path)
    require_none(wrong + visitor.faults)


@pytest.mark.parametrize(("role", "path"), CLOSED)
def test_a_closed_page_says_who_can_help(visit, role, path):
    visitor = visit(role)
    visitor.expects_refusal = True
    response = visitor.open(path)
    assert response.status == 403
    assert "owner" in visitor.page.locator("main").inner_text()
    assert visitor.page.locator("main a").count() > 0
    assert visitor.page.locator(".rail-link").count() >= 5
    require_none(unreadable_on(visitor, path) + visitor.faults)


@pytest.mark.parametrize("path", STRANGERS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_before_signing_in_are_sound(visit, path, theme):
    visitor = visit(theme=theme, size=PHONE)
    assert visitor.open(path).status == 200
    assert visitor.n_pixels_too_wide() <= 0
    require_none(unreadable_on(visitor, path) + visitor.faults)


def test_the_api_docs_ask_nobody_else(visit):
    visitor = visit()  # their looks are not ours: a program called Swagger UI
    assert visitor.open("/api/docs/").status == 200
    visitor.page.locator("#operations-Sales-sales_upsert, .opblock").first.wait_for()
    require_none(visitor.faults)


def test_an_unknown_address_leads_back(visit):
    visitor = visit("manager")
    visitor.expects_refusal = True
    assert visitor.open("/customers/999999999/").status == 404
    assert visitor.page.locator(".rail-link").count() >= 5
    require_none(unreadable_on(visitor, "/customers/999999999/"))
    visitor.page.locator("main a").first.click()
    visitor.settle()
    assert visitor.page.locator("h1").count() == 1
    assert visitor.faults == []
