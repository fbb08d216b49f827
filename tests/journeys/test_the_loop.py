"""The product's promise from end to end, in a real browser: a file comes in, who slipped away is
found and written to, one unsubscribes, one comes back, and the result tells what it brought."""

import re
import time
from datetime import UTC, datetime

from playwright.sync_api import Locator, expect

from tests.journeys import spring_list
from tests.journeys.visitor import PATIENCE_MS, Visitor, require_none

STAMP = f"{datetime.now(UTC):%H:%M:%S}"  # the walk may be made twice in one demo
SEGMENT = f"Spring list, gone quiet {STAMP}"
CAMPAIGN = f"We miss you this spring {STAMP}"
HOLDOUT_PERCENT = 20
SALE_POUNDS, POINTS_A_POUND, TIER = 650, 2, "Bloom"  # of the demo's programme


def test_the_whole_loop(visit):
    manager, owner = visit("manager"), visit("owner")
    import_file(manager, "customers", spring_list.customers(), n_made=60, n_refused=1)
    import_file(manager, "sales", spring_list.sales(datetime.now(UTC).date()),
                n_made=120, n_refused=1)  # fmt: skip
    score_now(manager)
    see_stage(manager)
    build_segment(manager)
    n_treated, n_holdout = launch_campaign(manager)
    gone = unsubscribe_first_reader(visit, manager)
    see_consent_withdrawn(manager, gone)
    back = come_back(manager, make_key(owner), but_not=gone)
    see_points_and_tier(manager, back)
    see_result(manager, n_treated, n_holdout)
    see_today(manager)
    require_none(manager.faults + owner.faults)


def button(visitor: Visitor, name: str | re.Pattern[str]) -> Locator:
    return visitor.page.locator("main").get_by_role("button", name=name)


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def import_file(visitor: Visitor, kind: str, content: bytes, *, n_made: int, n_refused: int):
    page = visitor.page
    visitor.open("/customers/")
    page.locator("main").get_by_role("link", name="Import").first.click()
    page.locator("main").get_by_role("link", name="Import a file").first.click()
    page.locator(f"input[name=kind][value={kind}]").check()
    file = {"name": f"{kind}.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    button(visitor, "Read the file").click()
    expect(page.locator("#reading table")).to_contain_text("SPR-000")
    visitor.settle()
    button(visitor, "Try the whole file").click()
    what = "customers" if kind == "customers" else "sales"
    run = button(visitor, f"Import {n_made} {what}")
    expect(run).to_be_visible(timeout=PATIENCE_MS)
    run.click()
    expect(page.get_by_text("What was done")).to_be_visible(timeout=PATIENCE_MS)
    refused = page.locator("main").get_by_role("link", name=f"Download {n_refused} refused row")
    with page.expect_download() as download:
        refused.click()
    assert "SPR-" in download.value.path().read_text()


def score_now(visitor: Visitor) -> None:
    visitor.open("/segments/scores/")
    before = visitor.page.locator("main").inner_text()
    button(visitor, "Score now").click()
    expect(visitor.page.locator("#score-job [role=progressbar]")).to_have_count(
        0, timeout=PATIENCE_MS
    )
    visitor.open("/segments/scores/")
    expect(visitor.page.locator("main")).to_contain_text("Customers by stage")
    assert scored_in(visitor.page.locator("main").inner_text()) >= scored_in(before)


def scored_in(text: str) -> int:
    return number(re.search(r"Customers scored\s+([\d,]+)", text)[1])


def find(visitor: Visitor, name: str) -> None:
    """To a profile by the search every page has."""
    visitor.open("/segments/")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type(name)
    visitor.page.locator("#search-results [role=option]", has_text=name).first.click()
    expect(visitor.page.locator("h1")).to_have_text(name)


def see_stage(visitor: Visitor) -> None:
    find(visitor, spring_list.name_of(17))
    expect(visitor.page.locator("main")).to_contain_text(re.compile("Dormant|Churned"))
    visitor.open(f"/customers/?q={spring_list.name_of(17).replace(' ', '+')}")
    expect(visitor.page.locator("tbody tr")).to_have_count(1)
    expect(visitor.page.locator("tbody tr")).to_contain_text(re.compile("Dormant|Churned"))


def build_segment(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/segments/new/")
    preview = page.locator("#preview")
    n_all = number(preview.locator("p").first.inner_text())
    add_condition(visitor, 0, "tags")
    page.get_by_label(spring_list.TAG, exact=True).check()
    expect(preview.locator("p").first).to_have_text(str(spring_list.N_CUSTOMERS))
    add_condition(visitor, 1, "recency")
    page.locator("[name^='operator:']").nth(1).select_option("at_least")
    visitor.settle()
    page.locator("[name^='value:']").last.fill("100000")
    expect(preview.locator("p").first).to_have_text("0")
    page.locator("[name^='value:']").last.fill("200")
    expect(preview.locator("p").first).to_have_text(str(spring_list.N_CUSTOMERS))
    assert n_all > spring_list.N_CUSTOMERS
    page.locator("#segment-name").fill(SEGMENT)
    button(visitor, "Save the segment").click()
    expect(page.locator("h1")).to_have_text(SEGMENT)
    expect(page.locator("#customer-totals")).to_contain_text(f"{spring_list.N_CUSTOMERS} customers")


def add_condition(visitor: Visitor, place: int, attribute: str) -> None:
    button(visitor, "Add a condition").click()
    attributes = visitor.page.locator("[name^='attribute:']")
    expect(attributes).to_have_count(place + 1)
    visitor.settle()
    attributes.nth(place).select_option(attribute)
    visitor.settle()


def launch_campaign(visitor: Visitor) -> tuple[int, int]:
    """Plan, preview, review, send; how many are treated and held out."""
    page = visitor.page
    page.get_by_role("link", name="Start a recall campaign").click()
    page.locator("#id_name").fill(CAMPAIGN)
    page.locator("#id_subject").fill("{{ first_name }}, spring is here")
    page.locator("#id_body").fill("Dear ")
    page.get_by_role("button", name="First name").click()
    page.locator("#id_body").press("End")
    page.locator("#id_body").press_sequentially(", come and see us.")
    page.locator("#id_holdout_percent").fill(str(HOLDOUT_PERCENT))
    page.locator("#id_respects_quiet_hours").uncheck()  # the test runs at any hour
    page.locator("#id_message_cost").fill("0.05")
    expect(page.locator("#preview")).to_contain_text(re.compile(r"Dear \w+, come and see us\."))
    expect(page.locator("#preview")).to_contain_text(re.compile(r"\w+, spring is here"))
    button(visitor, "Save and review").click()
    send = button(visitor, re.compile(r"Send to \d+ customers"))
    expect(send).to_be_visible()
    forecast = {label: stat(visitor, label) for label in
                ("In the audience", "Get the message", "Held out", "Left out")}  # fmt: skip
    assert forecast["In the audience"] == spring_list.N_CUSTOMERS
    # Who is held out is drawn first, so one who did not agree may be among them.
    assert 0 < forecast["Left out"] <= spring_list.N_WITHOUT_CONSENT
    assert sum(forecast.values()) == 2 * spring_list.N_CUSTOMERS
    assert forecast["Held out"] > 0
    send.click()
    progress = page.locator("#progress")
    sent = f"Sent {forecast['Get the message']}"
    expect(progress).to_contain_text(re.compile(sent.replace(" ", r"\s*")), timeout=PATIENCE_MS)
    told = re.search(
        r"(\d+) customers are in: (\d+) treated, (\d+) held out", progress.inner_text()
    )
    n_enrolled, n_treated, n_holdout = map(int, told.groups())
    assert n_treated + n_holdout == n_enrolled
    assert n_holdout >= forecast["Held out"]
    return n_treated, n_holdout


def stat(visitor: Visitor, label: str) -> int:
    box = visitor.page.locator(".stat", has_text=label).first
    return number(box.locator(".value").inner_text())


def unsubscribe_first_reader(visit, visitor: Visitor) -> str:
    """Open the newest mail, follow its link as its reader would; the reader's name."""
    page = visitor.page
    page.get_by_role("link", name="Demo mailbox").click()
    letter = page.get_by_role("link", name=re.compile("spring is here")).first
    first_name = letter.inner_text().partition(",")[0]
    letter.click()
    text = page.locator("main").inner_text()
    assert f"Dear {first_name}, come and see us." in text
    address = re.search(r"([a-z]+\.[a-z]+)@example\.org", text)[1]
    link = page.get_by_role("link", name="Unsubscribe link").get_attribute("href")
    reader = visit()
    reader.page.goto(link)
    reader.page.get_by_role("button", name="Unsubscribe").click()
    expect(reader.page.locator("h1")).to_have_text("You are unsubscribed")
    require_none(reader.faults + reader.grave_axe_issues())
    return address.replace(".", " ").title()


def see_consent_withdrawn(visitor: Visitor, name: str) -> None:
    find(visitor, name)
    row = visitor.page.locator("#consents li", has_text="E-mail").first
    expect(row).to_contain_text("Withdrawn")
    expect(visitor.page.locator("#story")).to_contain_text("Withdrew consent")


def make_key(visitor: Visitor) -> str:
    visitor.open("/settings/api-keys/new/")
    visitor.page.get_by_label("Name").fill(f"booking {STAMP}")
    button(visitor, "Make the key").click()
    return visitor.page.locator("code.select-all").inner_text()


def come_back(visitor: Visitor, key: str, *, but_not: str) -> str:
    """The booking system reports a sale to one of the written-to; the customer's name."""
    visitor.open("/campaigns/")
    visitor.page.get_by_role("link", name=CAMPAIGN).first.click()
    visitor.page.get_by_role("link", name=re.compile("^Sent")).click()
    names = visitor.page.locator("tbody a.row-link").all_inner_texts()
    name = next(name for name in names if name != but_not)
    n = next(n for n in range(spring_list.N_CUSTOMERS) if spring_list.name_of(n) == name)
    net_minor = SALE_POUNDS * 100
    sale = {
        "source": "file", "external_id": f"JOURNEY {STAMP}", "gross_minor": net_minor,
        "discount_minor": 0, "net_minor": net_minor,
        "customer_external_id": spring_list.number_of(n),
        "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lines": [{"item_code": "FACE", "item_name": "Facial", "quantity": 1,
                   "net_minor": net_minor}],
    }  # fmt: skip
    headers = {"Authorization": f"Api-Key {key}", "Idempotency-Key": f"journey {STAMP}"}
    for _repeated in range(2):  # the second is answered from memory and counts once
        answer = visitor.context.request.post("/api/v1/sales/", data=sale, headers=headers)
        assert answer.status == 201, answer.text()
    return name


def see_points_and_tier(visitor: Visitor, name: str) -> None:
    points = (SALE_POUNDS + spring_list.SPENT * len(spring_list.DAYS_AGO)) * POINTS_A_POUND
    find(visitor, name)
    expect(visitor.page.locator("#story")).to_contain_text(f"£{SALE_POUNDS}.00")
    until = time.monotonic() + PATIENCE_MS / 1000
    while f"{points:,} points" not in visitor.page.locator("main").inner_text():
        assert time.monotonic() < until, "the points never came"
        visitor.page.wait_for_timeout(1000)
        visitor.page.reload()
    expect(visitor.page.locator("main")).to_contain_text(TIER)


def see_result(visitor: Visitor, n_treated: int, n_holdout: int) -> None:
    """Ours is open: the window begins tomorrow, so today's sale counts on neither side. The
    demo's campaign of seven weeks ago is closed and told with its interval."""
    main = open_result(visitor, CAMPAIGN)
    expect(main).to_contain_text(re.compile(rf"0\s+of {n_treated} treated"))
    expect(main).to_contain_text(re.compile(rf"0\s+of {n_holdout} held out"))
    expect(main).to_contain_text("The window is still open")
    main = open_result(visitor, "Autumn recall")
    returned, treated, held_out_returned, held_out = (
        int(n) for side in ("treated", "held out")
        for n in re.search(rf"(\d+)\s+of (\d+) {side}", main.inner_text()).groups()
    )  # fmt: skip
    points = 100 * (returned / treated - held_out_returned / held_out)
    assert f"Came back: {points:+.1f} points".replace("-", "−") in main.inner_text()


def open_result(visitor: Visitor, campaign: str) -> Locator:
    visitor.open("/campaigns/")
    visitor.page.get_by_role("link", name=campaign).first.click()
    visitor.page.get_by_role("link", name="Result").click()
    visitor.settle()
    return visitor.page.locator("main")


def see_today(visitor: Visitor) -> None:
    visitor.open("/")
    expect(visitor.page.locator("main")).to_contain_text("Repurchase rate")
    expect(visitor.page.locator("main")).to_contain_text(CAMPAIGN)
