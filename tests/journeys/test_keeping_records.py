"""What the desk and the owner do all day beside the loop: records, their consents and rights, two
records of one person, the clinic's own fields, saved views, sources.

It stands before the crawl in the alphabet, so that the crawl finds pages with something on them.
"""

import json
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.visitor import PATIENCE_MS, PHONE, Visitor, require_none

STAMP = f"{datetime.now(UTC):%H%M%S}"  # the walk may be made twice in one demo
FIELD, SOURCE, TILL = f"Favourite drink {STAMP}", f"Window {STAMP}", f"till-{STAMP}"
PERSON = f"Philippa Quill {STAMP}"
ADDRESS = f"philippa.{STAMP}@example.org"


def button(visitor: Visitor, name: str | re.Pattern[str]) -> Locator:
    return visitor.page.locator("main").get_by_role("button", name=name)


def require_sound(visitor: Visitor) -> None:
    require_none([f"{visitor.page.url}: {issue}" for issue in visitor.grave_axe_issues()])


@pytest.fixture
def owner(visit):
    visitor = visit("owner")
    yield visitor
    require_none(visitor.faults)


def test_the_owner_says_what_the_clinic_keeps(owner):
    page = owner.page
    owner.open("/settings/customers/fields/new/")
    page.locator("#id_label").fill(FIELD)
    button(owner, "Save").click()
    expect(page.locator("main")).to_contain_text(FIELD)
    page.get_by_role("link", name=FIELD).click()
    expect(page.locator("#id_key")).to_be_disabled()
    require_sound(owner)
    owner.open("/settings/customers/sources/new/")
    page.locator("#id_name").fill(SOURCE)
    page.locator("#id_cost_minor").fill("42.50")
    button(owner, "Save").click()
    expect(page.locator("main")).to_contain_text("£42.50")
    owner.open("/settings/treatments/new/")
    page.locator("#id_name").fill(f"Peel {STAMP}")
    page.locator("#id_code").fill("FACIAL")
    page.locator("#id_price_minor").fill("80")
    owner.expects_refusal = True
    button(owner, "Save the treatment").click()
    expect(page.locator("main")).to_contain_text("Another treatment has this code.")
    expect(page.locator("#id_name")).to_have_value(f"Peel {STAMP}")
    page.locator("#id_code").fill(f"PEEL{STAMP}")
    button(owner, "Save the treatment").click()
    expect(page.locator("main")).to_contain_text(f"PEEL{STAMP}")


def test_the_owner_opens_a_source_and_sees_what_it_sent(owner):
    page = owner.page
    owner.open("/settings/connections/sources/new/")
    page.locator("#id_name").fill(TILL)
    button(owner, "Open the source").click()
    expect(page.locator("main")).to_contain_text("shown this once")
    url = page.locator("code.select-all").nth(1).inner_text()
    require_sound(owner)
    forged = {"webhook-id": "msg_1", "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
              "webhook-signature": "v1,bm90IGdlbnVpbmU="}  # fmt: skip
    answer = owner.context.request.post(
        url, data=json.dumps({"kind": "sale"}),
        headers={**forged, "content-type": "application/json"},
    )  # fmt: skip
    assert answer.status in {400, 401, 403}, answer.text()
    owner.open("/settings/connections/")
    page.get_by_role("link", name=TILL).click()
    owner.settle()
    not_genuine = page.locator(".stat", has_text="Not genuine").locator(".value")
    expect(not_genuine).to_have_text("1")
    page.get_by_role("link", name="How its events are read").first.click()
    owner.settle()
    require_sound(owner)


def test_a_subscription_to_nowhere_keeps_what_was_typed(owner):
    owner.expects_refusal = True
    owner.open("/settings/connections/subscriptions/new/")
    owner.page.locator("#id_name").fill("Report")
    owner.page.locator("#id_url").fill("https://127.0.0.1/inside")
    owner.page.locator("#id_kinds_5").check()
    button(owner, "Subscribe").click()
    expect(owner.page.locator(".field[data-invalid=true]")).to_be_visible()
    expect(owner.page.locator("#id_url")).to_have_value("https://127.0.0.1/inside")
    require_sound(owner)


def test_a_person_is_written_down_changed_and_erased(owner):
    page = owner.page
    write_down(owner, page)
    change_and_agree(owner, page)
    see_rights_and_erase(owner, page)


def write_down(owner: Visitor, page: Page) -> None:
    owner.open("/customers/")
    page.locator("main").get_by_role("link", name="New customer").click()
    page.locator("#id_name").fill(PERSON)
    page.locator("#id_phone-0-value").fill("no number at all")
    owner.expects_refusal = True
    button(owner, "Add the customer").click()
    expect(page.locator(".field[data-invalid=true], [role=alert]").first).to_be_visible()
    expect(page.locator("#id_name")).to_have_value(PERSON)
    page.locator("#id_phone-0-value").fill("")
    page.locator("#id_email-0-value").fill(ADDRESS)
    page.get_by_label(FIELD).fill("Earl Grey")
    owner.expects_refusal = False
    button(owner, "Add the customer").click()
    expect(page.locator("h1")).to_have_text(PERSON)
    expect(page.locator("main")).to_contain_text("Earl Grey")
    require_sound(owner)


def change_and_agree(owner: Visitor, page: Page) -> None:
    profile = page.url
    page.get_by_role("link", name="Edit details").click()
    page.locator("#id_occupation").fill("Bookbinder")
    button(owner, "Save the details").click()
    expect(page.locator("main")).to_contain_text("Bookbinder")
    page.get_by_role("link", name="All consents and their proof").click()
    page.get_by_role("link", name="Never asked").first.click()
    page.locator("#id_proof").fill("Form 17")
    button(owner, "Note it").click()
    expect(page.locator("main")).to_contain_text("Form 17")
    page.goto(f"{profile}history/")
    expect(page.locator("main")).to_contain_text("Bookbinder")
    require_sound(owner)
    page.goto(profile)


def see_rights_and_erase(owner: Visitor, page: Page) -> None:
    profile = page.url
    page.locator("#actions-menu-trigger").click()
    page.get_by_role("menuitem", name="Rights of the person").click()
    with page.expect_download() as download:
        button(owner, "Download everything").click()
    assert download.value.suggested_filename.endswith(".zip")
    require_sound(owner)
    expect(button(owner, "Download everything")).to_be_enabled()
    owner.expects_refusal = True
    page.locator("#id_name").fill("Somebody Else")
    button(owner, "Erase this person").click()
    expect(page.locator(".field[data-invalid=true]")).to_be_visible()
    page.locator("#id_name").fill(PERSON)
    button(owner, "Erase this person").click()
    expect(page.locator("#toasts")).to_contain_text("The person is erased")
    assert owner.open(profile.removeprefix(owner.product.url)).status == 404
    expect(page.locator(".rail")).to_be_visible()


def test_two_records_become_one_and_two_again(owner):
    page = owner.page
    owner.open("/customers/duplicates/")
    first = page.locator("a.row-link").first
    name = first.inner_text()
    first.click()
    require_sound(owner)
    button(owner, "Merge: one person").click()
    owner.open("/customers/duplicates/merges/")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(name)
    require_sound(owner)
    row.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr").first).to_contain_text("Undone")


def test_a_list_is_kept_as_a_view_and_taken_along(visit):
    visitor = visit("manager")
    page = visitor.page
    visitor.open("/customers/?stage=dormant")
    n_dormant = page.locator("#customer-totals").inner_text().split(" ")[0]
    page.get_by_role("button", name="Views").click()
    page.locator("#view-name").fill(f"Dormant {STAMP}")
    page.get_by_role("button", name="Save the view").click()
    expect(page.locator("#toasts")).to_contain_text("Saved as")
    visitor.open("/customers/")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name=f"Dormant {STAMP}").click()
    expect(page.locator("#customer-totals")).to_contain_text(f"{n_dormant} customers")
    page.locator("[data-select-all]").check()
    page.get_by_label("Everybody this list finds").check()
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Export customers").click()
    link = page.get_by_role("link", name="Download the file")
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    require_sound(visitor)
    with page.expect_download() as download:
        link.click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == int(n_dormant.replace(",", "")) + 1
    require_none(visitor.faults)


def test_calls_are_answered_with_one_hand(visit):
    visitor = visit("staff", size=PHONE)
    page = visitor.page
    visitor.open("/")
    call = page.locator("[id^=call-]").first
    call.get_by_role("button", name="No answer").click()
    expect(call).to_contain_text("No answer")
    expect(call.get_by_role("button", name="Booked")).to_have_count(0)
    assert visitor.n_pixels_too_wide() <= 0
    require_none(visitor.faults)
