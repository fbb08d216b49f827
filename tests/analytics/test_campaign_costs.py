"""What a campaign cost: the time of whoever called, at the clinic's own price."""

import pytest
from django.utils import timezone

from analytics.queries.campaign_costs import costs_of
from campaigns.models import SendingRules
from care.models import Task
from tests.factories.campaigns import RunningCampaignFactory
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db


def called(campaign, n_minutes: int | None) -> None:
    Task.objects.create(
        customer=CustomerFactory(), intent=f"campaign:{campaign.pk}:1", due_on="2026-05-01",
        done_at=timezone.now(), outcome="reached", n_minutes=n_minutes,
    )  # fmt: skip


@pytest.mark.parametrize(("hour_minor", "staff_minor"), [(None, 0), (0, 0), (12_000, 3_000)])
def test_calls_cost_what_an_hour_costs(clinic, hour_minor, staff_minor):
    campaign = RunningCampaignFactory(minutes_a_call=6)
    called(campaign, 9)
    called(campaign, None)
    if hour_minor is not None:
        SendingRules.objects.create(staff_hour_minor=hour_minor)

    costs = costs_of(campaign, n_taken=0)

    assert (costs.n_calls, costs.n_minutes) == (2, 15)
    assert costs.staff_minor == costs.total_minor == staff_minor


def test_the_owner_says_what_an_hour_costs(client_as, clinic):
    client = client_as("owner")
    limits = {"max_messages_1_day": 2, "max_messages_7_days": 3}

    assert client.post("/settings/providers/", limits).status_code == 302
    said = {"card": "hour", "staff_hour_minor": "120.50"}
    assert client.post("/settings/providers/", said).status_code == 302

    rules = SendingRules.objects.get()
    assert (rules.staff_hour_minor, rules.max_messages_7_days) == (12_050, 3)
    refused = client.post("/settings/providers/", {"card": "hour", "staff_hour_minor": "many"})
    assert refused.status_code == 422
    assert refused.context["hour"].errors
    assert not refused.context["limits"].errors
    assert 'value="120.50"' in client.get("/settings/providers/").content.decode()
