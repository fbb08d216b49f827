"""Campaigns by the API: begun from a template, launched, stopped, read."""

import pytest

from campaigns.library import ready
from campaigns.models import Campaign, Template
from segmentation.models import CustomerList
from tenancy.models import AuditEntry
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.factories.campaigns import (
    NOON,
    AudienceFactory,
    CampaignFactory,
    EnrolmentFactory,
    MessageFactory,
    RunningCampaignFactory,
)
from tests.factories.customers import IdentityFactory

CAMPAIGNS = "/api/v1/campaigns/"


@pytest.fixture
def client(api) -> BookingClient:
    return api()


def draft(**changes) -> dict:
    return {"name": "Recall", "ready": "return", "language": "en"} | changes


def known(*external_ids: str) -> None:
    for external_id in external_ids:
        IdentityFactory(source="booking", external_id=external_id)


def test_a_draft_for_named_customers_says_whom_nobody_found(client, clinic):
    known("C-1", "C-2")

    answer = client.post(CAMPAIGNS, draft(external_ids=["C-1", "C-2", "C-1", "C-9"]))

    assert answer.status_code == 201
    told, campaign = answer.json(), Campaign.objects.get()
    assert (told["id"], told["state"], told["unknown_ids"]) == (campaign.pk, "draft", ["C-9"])
    assert campaign.body == ready("return", "en").body
    assert campaign.holdout_rate == clinic.holdout_percent / 100
    assert CustomerList.objects.get().entries.count() == 2
    assert told["result"] is None


def test_a_draft_from_an_own_sms_for_a_segment_has_that_channel(client):
    template = Template.objects.create(name="Hi", channel="sms", language="en", body="Come soon")
    segment = AudienceFactory()

    answer = client.post(
        CAMPAIGNS, {"name": "By SMS", "template": template.pk, "segment": segment.pk}
    )

    assert answer.status_code == 201
    step = Campaign.objects.get().steps.get()
    assert (step.kind, step.channel, step.variants.get().body) == ("message", "sms", "Come soon")
    assert answer.json()["segment"] == segment.pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "segment"),
        ({"external_ids": ["C-1"], "segment": 1}, "segment"),
        ({"external_ids": []}, "external_ids"),
        ({"external_ids": ["C-1"], "ready": "nothing"}, "ready"),
        ({"external_ids": ["C-1"], "template": 5}, "template"),
        ({"segment": 999_999}, "segment"),
        ({"external_ids": ["C-1"], "holdout_percent": 95}, "holdout_percent"),
        ({"external_ids": ["C-1"], "name": ""}, "name"),
        ({"external_ids": ["C-1"], "colour": "red"}, "colour"),
    ],
)
def test_a_bad_draft_is_refused_by_field(client, changes, field):
    answer = client.post(CAMPAIGNS, draft(**changes))

    assert answer.status_code == 400
    assert {error["attr"].partition(".")[0] for error in answer.json()["errors"]} == {field}
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"external_ids": ["C-9"]}, "list_finds_nobody"),
        ({"external_ids": ["C-1"], "holdout_percent": 0}, "campaign_refused"),
        ({"external_ids": ["C-1"], "ready": "return_call"}, "campaign_refused"),
    ],
)
def test_a_rule_that_says_no_leaves_nothing_behind(client, changes, code):
    known("C-1")

    answer = client.post(CAMPAIGNS, draft(**changes))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, code)
    assert not Campaign.objects.exists()
    assert not CustomerList.objects.exists()


def test_launched_paused_resumed_cancelled_and_audited(client, reachable, run_tasks, inbox):
    for name in ("Ann", "Bea"):
        reachable(name)
    campaign = CampaignFactory(segment=AudienceFactory())

    launched = client.post(f"{CAMPAIGNS}{campaign.pk}/launch/")
    again = client.post(f"{CAMPAIGNS}{campaign.pk}/launch/")
    Campaign.objects.filter(pk=campaign.pk).update(state="running", job=None)  # a worker was there
    states = [
        client.post(f"{CAMPAIGNS}{campaign.pk}/{act}/").json()["state"]
        for act in ("pause", "resume", "cancel")
    ]

    assert (launched.status_code, again.status_code) == (202, 409)
    assert again.json()["errors"][0]["code"] == "wrong_state"
    assert states == ["paused", "running", "cancelled"]
    entries = AuditEntry.objects.filter(subject_kind="campaign").order_by("pk")
    assert [entry.action for entry in entries] == [
        "campaign.launched", "campaign.paused", "campaign.resumed", "campaign.cancelled",
    ]  # fmt: skip
    assert all(entry.actor_label.endswith("(API)") for entry in entries)


def test_an_empty_audience_is_refused_by_its_reason(client):
    campaign = CampaignFactory(segment=AudienceFactory())

    answer = client.post(f"{CAMPAIGNS}{campaign.pk}/launch/")

    assert answer.status_code == 409
    assert "Nobody is in this segment" in answer.json()["errors"][0]["detail"]


def test_more_than_one_person_alone_may_write_to_needs_a_second(client, clinic, reachable):
    reachable("Ann")
    type(clinic).objects.filter(pk=clinic.pk).update(campaign_approval_above=0)
    campaign = CampaignFactory(segment=AudienceFactory(), holdout_rate=0, no_holdout_reason="x")

    answer = client.post(f"{CAMPAIGNS}{campaign.pk}/launch/")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "needs_approval")


def test_the_figures_add_up(client):
    campaign = RunningCampaignFactory()
    for state in ["sent", "sent", "skipped", "failed", "unknown", "queued"]:
        reason = "booked" if state == "skipped" else ""
        MessageFactory(
            enrolment__campaign=campaign, state=state, skip_reason=reason,
            sent_at=NOON, handed_at=NOON,
        )  # fmt: skip
    EnrolmentFactory(campaign=campaign, arm="holdout")

    told = client.get(f"{CAMPAIGNS}{campaign.pk}/").json()

    figures = told["figures"]
    parts = ("n_sent", "n_skipped", "n_failed", "n_unknown", "n_open")
    assert [figures[name] for name in parts] == [2, 1, 1, 1, 1]
    assert figures["n_treated"] == 6 == sum(figures[name] for name in parts)
    assert figures["n_enrolled"] == 7
    assert figures["skipped"] == [
        {"reason": "booked", "text": "Has an appointment already", "n": 1}
    ]
    assert client.get(told["result"]).status_code == 200


def test_pages_hold_every_campaign_once(client):
    made = [CampaignFactory().pk for _n in range(3)]

    first = client.get(CAMPAIGNS, {"limit": 2}).json()
    second = client.get(CAMPAIGNS, {"limit": 2, "before": first["next_before"]}).json()

    assert [one["id"] for one in first["results"] + second["results"]] == made[::-1]
    assert second["next_before"] is None
    assert client.get(CAMPAIGNS, {"state": "running"}).json()["results"] == []


@pytest.mark.parametrize("item_count", [1, 3])
def test_queries_do_not_grow(client, item_count, django_assert_num_queries):
    for _n in range(item_count):
        CampaignFactory()
        Template.objects.create(name=f"T{_n}", channel="sms", body="Come")
    client.get(CAMPAIGNS)
    with django_assert_num_queries(12):
        assert len(client.get(CAMPAIGNS).json()["results"]) == item_count
    with django_assert_num_queries(12):
        assert len(client.get(f"{CAMPAIGNS}templates/").json()) == item_count


@pytest.mark.parametrize("act", ["", "launch/", "pause/", "resume/", "cancel/"])
def test_foreign_and_unknown_are_the_same(client, other_clinic, in_clinic, act):
    with in_clinic(other_clinic):
        foreign = CampaignFactory(segment=AudienceFactory()).pk
    for pk in (foreign, 999_999, 2**80):
        address = f"{CAMPAIGNS}{pk}/{act}"
        answer = client.post(address) if act else client.get(address)
        assert answer.status_code == 404


def test_each_scope_opens_its_own(clinic):
    campaign = CampaignFactory()
    text, _key = create_api_key(name="reader", scopes=["campaigns.read"])
    client = BookingClient(HTTP_AUTHORIZATION=f"Bearer {text}")

    assert client.get(CAMPAIGNS).status_code == 200
    assert client.post(CAMPAIGNS, draft(external_ids=["C-1"])).status_code == 403
    assert client.post(f"{CAMPAIGNS}{campaign.pk}/launch/").status_code == 403


def test_sent_again_with_its_key_it_is_made_once(client):
    known("C-1")
    body = draft(external_ids=["C-1"])

    first = client.post(CAMPAIGNS, body, HTTP_IDEMPOTENCY_KEY="k-1")
    again = client.post(CAMPAIGNS, body, HTTP_IDEMPOTENCY_KEY="k-1")

    assert first.json() == again.json()
    assert Campaign.objects.count() == 1
