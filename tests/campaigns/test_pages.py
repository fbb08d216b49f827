"""Planning, reviewing, launching and watching a campaign in the browser."""

from datetime import date, datetime

import pytest
import time_machine

from campaigns.models import Campaign, Step
from campaigns.queries.progress import campaign_rows
from tenancy.models import Job
from tests.factories.campaigns import (
    AudienceFactory,
    CampaignFactory,
    EnrolmentFactory,
    MessageFactory,
    RunningCampaignFactory,
)
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

DOOR = 13  # session, person, memberships, branches, and the scope around them
NOON = "2026-05-01T12:00:00+08:00"
NIGHT = "2026-05-01T23:00:00+08:00"


def filled(segment, **changes) -> dict:
    return {
        "name": "Spring recall",
        "segment": segment.pk,
        "subject": "Hello {{ first_name }}",
        "body": "See you soon",
        "holdout_percent": 0,
        "no_holdout_reason": "a legal notice",
        "outcome_window_days": 30,
        "message_cost": "0.05",
    } | changes


def text_of(answer) -> str:
    return answer.content.decode()


def test_from_plan_to_mail_in_the_browser(client_as, reachable, inbox, run_tasks):
    reachable("Anna Smith", email="anna@mail.example")
    client, segment = client_as("manager"), AudienceFactory()

    with time_machine.travel(NOON, tick=False):
        saved = client.post("/campaigns/new/", filled(segment))
        campaign = Campaign.objects.get()
        assert saved.url == f"/campaigns/{campaign.pk}/review/"
        assert campaign.message_cost_minor == 5
        assert "Send to 1 customer" in text_of(client.get(saved.url))
        with run_tasks():
            launched = client.post(saved.url)

    assert launched.url == f"/campaigns/{campaign.pk}/"
    campaign.refresh_from_db()
    assert (campaign.state, campaign.launched_on) == ("running", date(2026, 5, 1))
    assert [mail["Subject"] for mail in inbox.mails] == ["Hello Anna"]
    page = text_of(client.get(launched.url))
    assert "1 customers are in: 1 treated, 0 held out." in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"body": "Dear {{ nick }}"}, "There is no field «nick»"),
        ({"holdout_percent": 0, "no_holdout_reason": ""}, "Say why"),
        ({"holdout_percent": 91}, "less than or equal to 90"),
        ({"outcome_window_days": "soon"}, "Enter a whole number"),
        ({"segment": 999_999}, "not one of the available choices"),
        ({"segment": "x" * 50}, "not one of the available choices"),
        ({"subject": "a\x00b"}, "Null characters are not allowed"),
        ({"message_cost": "NaN"}, "Enter a number"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_bad_plan_says_what_to_mend_and_keeps_what_was_typed(client_as, changes, says):
    answer = client_as("manager").post(
        "/campaigns/new/", filled(AudienceFactory(), name="Kept name") | changes
    )

    assert answer.status_code == 422
    assert says in text_of(answer)
    assert "name" in changes or "Kept name" in text_of(answer)
    assert not Campaign.objects.exists()


def test_a_segment_of_another_clinic_reads_as_unknown(client_as, other_clinic, in_clinic, clinic):
    with in_clinic(other_clinic):
        foreign = AudienceFactory(name="canary")
        foreign_campaign = CampaignFactory(name="canary")
    client = client_as("manager")

    planned = client.post("/campaigns/new/", filled(foreign))
    unknown = client.post("/campaigns/new/", filled(foreign) | {"segment": 999_999})
    counted = client.get(f"/campaigns/audience/?segment={foreign.pk}")
    previewed = client.post("/campaigns/preview/", filled(foreign))

    assert planned.status_code == unknown.status_code == 422
    assert "canary" not in text_of(planned) + text_of(counted) + text_of(previewed)
    assert "Choose a segment" in text_of(counted)
    for page in ("", "edit/", "review/", "progress/", "customers/"):
        assert client.get(f"/campaigns/{foreign_campaign.pk}/{page}").status_code == 404
    for action in ("pause", "resume", "cancel", "review", "edit"):
        assert client.post(f"/campaigns/{foreign_campaign.pk}/{action}/").status_code == 404


def test_live_count_follows_segment_and_holdout(client_as):
    for _ in range(20):
        CustomerFactory()
    segment = AudienceFactory()

    page = client_as("manager").get(f"/campaigns/audience/?segment={segment.pk}&holdout_percent=25")

    assert "20 customers" in text_of(page)
    assert "About 15 to be written to, 5 held back." in text_of(page)


@pytest.mark.parametrize("query", ["", "segment=", "segment=²", "segment=9" + "9" * 30])
def test_live_count_without_a_usable_segment_asks_for_one(client_as, query):
    page = client_as("manager").get(f"/campaigns/audience/?{query}&holdout_percent=-3")

    assert "Choose a segment" in text_of(page)


def test_live_count_of_a_broken_rule_says_so(client_as):
    broken = AudienceFactory(rule={"match": "all", "conditions": [{"attribute": "gone"}]})

    page = client_as("manager").get(f"/campaigns/audience/?segment={broken.pk}")

    assert page.status_code == 200
    assert "conditions[0]" in text_of(page)


def test_preview_reads_like_the_message_of_a_real_customer(client_as):
    CustomerFactory(name="Anna <b>Smith</b>")
    CustomerFactory(name="Bea Jones")
    fields = filled(AudienceFactory(), body="Dear {{ customer_name }}")
    client = client_as("manager")

    first = text_of(client.post("/campaigns/preview/", fields))
    second = text_of(client.post("/campaigns/preview/", fields | {"place": 1}))

    assert "Dear Anna &lt;b&gt;Smith&lt;/b&gt;" in first
    assert "<b>Smith" not in first
    assert "Dear Bea Jones" in second


def test_preview_says_what_is_wrong(client_as):
    CustomerFactory()
    client, fields = client_as("manager"), filled(AudienceFactory())

    unknown = client.post("/campaigns/preview/", fields | {"body": "{{ nick }}"})
    empty = client.post("/campaigns/preview/", fields | {"body": "{{ last_treatment }}"})
    nothing = client.post("/campaigns/preview/", {"body": "Come"})

    assert "There is no field «nick»" in text_of(unknown)
    assert "without a fallback they are left out" in text_of(empty)
    assert "Give the message a subject" in text_of(nothing)


def test_review_of_an_empty_segment_offers_no_button(client_as):
    campaign = CampaignFactory()
    client = client_as("manager")

    page = client.get(f"/campaigns/{campaign.pk}/review/")
    posted = client.post(f"/campaigns/{campaign.pk}/review/")

    assert "Nobody is in this segment now" in text_of(page)
    assert "Send to" not in text_of(page)
    assert posted.status_code == 422
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_review_of_a_broken_segment_says_so(client_as):
    broken = AudienceFactory(rule={"match": "all", "conditions": [{"attribute": "gone"}]})
    campaign = CampaignFactory(segment=broken)

    page = client_as("manager").get(f"/campaigns/{campaign.pk}/review/")

    assert page.status_code == 200
    assert "conditions[0]" in text_of(page)


def test_pause_resume_cancel_and_a_late_click(client_as):
    campaign = RunningCampaignFactory()
    client = client_as("manager")

    def state_after(action: str) -> str:
        assert client.post(f"/campaigns/{campaign.pk}/{action}/").status_code == 302
        campaign.refresh_from_db()
        return campaign.state

    assert [state_after(a) for a in ("pause", "pause", "resume", "cancel", "resume")] == [
        "paused", "paused", "running", "cancelled", "cancelled",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["staff", "analyst"])
def test_who_may_only_look_can_change_nothing(client_as, role):
    campaign = RunningCampaignFactory()
    client = client_as(role)

    assert client.get("/campaigns/").status_code == 200
    assert client.get(f"/campaigns/{campaign.pk}/").status_code == 200
    assert client.get("/campaigns/new/").status_code == 403
    for action in ("pause", "cancel", "review"):
        assert client.post(f"/campaigns/{campaign.pk}/{action}/").status_code == 403
    campaign.refresh_from_db()
    assert campaign.state == "running"


def test_a_member_of_one_branch_plans_and_sees_only_its_customers(client_as):
    here, there = BranchFactory(), BranchFactory()
    mine = CustomerFactory(name="Mine", home_branch=here)
    other = CustomerFactory(name="Elsewhere", home_branch=there)
    client = client_as(MembershipFactory(role="manager", branch=here))
    segment = AudienceFactory()

    client.post("/campaigns/new/", filled(segment))
    planned = Campaign.objects.get()
    of_all = RunningCampaignFactory()
    of_there = RunningCampaignFactory(branch=there)
    for customer in (mine, other):
        EnrolmentFactory(campaign=of_all, customer=customer)

    assert planned.branch == here
    assert "1 customer<" in text_of(client.get(f"/campaigns/audience/?segment={segment.pk}"))
    rows = text_of(client.get(f"/campaigns/{of_all.pk}/customers/"))
    assert "Mine" in rows
    assert "Elsewhere" not in rows
    assert "Elsewhere" not in text_of(
        client.post("/campaigns/preview/", filled(segment, body="{{ customer_name }}", place=1))
    )
    assert client.get(f"/campaigns/{of_there.pk}/").status_code == 404
    assert client.post(f"/campaigns/{of_all.pk}/pause/").status_code == 404


def test_customer_rows_say_what_became_of_each_and_why(client_as):
    campaign = RunningCampaignFactory()
    for name, state, reason in [
        ("Anna", "skipped", "no_consent"),
        ("Bea", "queued", ""),
    ]:
        enrolment = EnrolmentFactory(campaign=campaign, customer=CustomerFactory(name=name))
        MessageFactory(enrolment=enrolment, state=state, skip_reason=reason)
    EnrolmentFactory(campaign=campaign, customer=CustomerFactory(name="Held"), arm="holdout")
    client, url = client_as("analyst"), f"/campaigns/{campaign.pk}/customers/"

    def shown(which: str) -> list[str]:
        rows = text_of(client.get(url, {"which": which}, headers={"HX-Request": "true"}))
        return [name for name in ("Anna", "Bea", "Held") if name in rows]

    assert shown("") == ["Anna", "Bea", "Held"]
    assert shown("no_consent") == ["Anna"]
    assert shown("queued") == ["Bea"]
    assert shown("holdout") == ["Held"]
    assert shown("nonsense") == ["Anna", "Bea", "Held"]


def test_list_shows_who_came_back_in_both_arms(clinic):
    campaign = RunningCampaignFactory(outcome_window_days=30)
    came = {"treated": date(2026, 5, 31), "holdout": date(2026, 5, 2)}
    for arm, day in came.items():
        SaleFactory(customer=EnrolmentFactory(campaign=campaign, arm=arm).customer, on=day)
    too_late = EnrolmentFactory(campaign=campaign).customer
    SaleFactory(customer=too_late, on=date(2026, 6, 1))
    same_day = EnrolmentFactory(campaign=campaign).customer
    SaleFactory(customer=same_day, on=date(2026, 5, 1))
    undone = EnrolmentFactory(campaign=campaign).customer
    sale = SaleFactory(customer=undone, on=date(2026, 5, 9))
    SaleFactory(
        customer=undone, kind="refund", refund_of=sale, net_minor=-10_000, on=date(2026, 5, 9)
    )

    (row,) = campaign_rows([campaign])

    assert (row.n_treated, row.n_treated_returned) == (4, 1)
    assert (row.n_holdout, row.n_holdout_returned) == (1, 1)


def queries_of(client, url: str, django_assert_num_queries, expected: int) -> None:
    client.get(url)  # session and caches are warm
    with django_assert_num_queries(expected):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("item_count", [1, 3])
def test_list_query_count(client_as, item_count, django_assert_num_queries):
    for _ in range(item_count):
        MessageFactory(enrolment=EnrolmentFactory())

    queries_of(client_as("manager"), "/campaigns/", django_assert_num_queries, DOOR + 5)


@pytest.mark.parametrize("item_count", [1, 3])
def test_customer_rows_query_count(client_as, item_count, django_assert_num_queries):
    campaign = RunningCampaignFactory()
    for _ in range(item_count):
        MessageFactory(enrolment=EnrolmentFactory(campaign=campaign))

    url = f"/campaigns/{campaign.pk}/customers/"
    queries_of(client_as("manager"), url, django_assert_num_queries, DOOR + 4)


@pytest.mark.parametrize("item_count", [1, 3])
def test_live_bar_asks_at_most_five_queries_beyond_the_door(
    client_as, item_count, django_assert_num_queries
):
    campaign = RunningCampaignFactory()
    for _ in range(item_count):
        MessageFactory(enrolment=EnrolmentFactory(campaign=campaign))

    url = f"/campaigns/{campaign.pk}/progress/"
    queries_of(client_as("manager"), url, django_assert_num_queries, DOOR + 4)
    Step.objects.create(campaign=campaign, number=1, kind="message", channel="email")
    queries_of(client_as("manager"), url, django_assert_num_queries, DOOR + 5)
    campaign.state = "launching"
    campaign.job = Job.objects.create(kind="campaign.launch", n_done=1, n_total=item_count)
    campaign.save()
    queries_of(client_as("manager"), url, django_assert_num_queries, DOOR + 5)


def test_while_it_is_launched_the_page_says_how_far_and_it_can_be_paused(client_as):
    job = Job.objects.create(kind="campaign.launch", state="running", n_done=5_000, n_total=12_000)
    campaign = CampaignFactory(state="launching", job=job)
    client = client_as("manager")

    page = text_of(client.get(f"/campaigns/{campaign.pk}/"))
    client.post(f"/campaigns/{campaign.pk}/pause/")

    assert "5,000 of 12,000 are in." in page
    campaign.refresh_from_db()
    assert campaign.state == "paused"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("state", ["draft", "launching", "running", "paused", "finished"])
def test_pages_render_in_both_languages(client_as, reachable, language, state):
    campaign = CampaignFactory(state=state, holdout_rate=0.5)
    customer = reachable()
    if state != "draft":
        MessageFactory(enrolment=EnrolmentFactory(campaign=campaign, customer=customer))
    client = client_as("manager")
    client.cookies["language"] = language

    for page in ("", "edit/", "review/", "progress/", "customers/"):
        answer = client.get(f"/campaigns/{campaign.pk}/{page}")
        assert answer.status_code in {200, 302}
    assert client.get("/campaigns/new/").status_code == 200


@pytest.mark.parametrize(
    ("now", "changes", "due", "told"),
    [
        (NIGHT, {}, NIGHT, "end of the quiet hours, until 2 May 2026, 09:00"),
        (NOON, {"send_from_hour": 14, "send_until_hour": 16}, NOON, "goes on 1 May 2026, 14:00"),
        (NOON, {}, "2026-05-01T08:00Z", "The next messages are due 1 May 2026, 16:00"),
        (NIGHT, {"respects_quiet_hours": False}, NIGHT, None),
        (NOON, {}, NOON, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_journey", [False, True])
def test_the_live_page_says_what_it_waits_for(client_as, now, changes, due, told, is_journey):
    campaign = RunningCampaignFactory(**changes)
    if is_journey:
        Step.objects.create(campaign=campaign, number=1, kind="message", channel="email")
    MessageFactory(
        enrolment=EnrolmentFactory(campaign=campaign), due_at=datetime.fromisoformat(due)
    )
    with time_machine.travel(now, tick=False):
        page = text_of(client_as("manager").get(f"/campaigns/{campaign.pk}/progress/"))

    words = ("quiet hours", "goes on", "next messages are due")
    assert told in page if told else not any(one in page for one in words)
    assert f"delay:{30 if told else 2}s" in page
