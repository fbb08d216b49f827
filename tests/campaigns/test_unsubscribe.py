"""One click, no account, at once; and nothing by merely looking."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import signing
from django.test import Client

from campaigns.models import Suppression
from campaigns.services import dispatch
from campaigns.services.unsubscribe import SALT, unsubscribe_url
from customers.models import Consent, CustomerEvent
from tests.conftest import BrowserClient
from tests.factories.campaigns import EnrolmentFactory, MessageFactory, RunningCampaignFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def message(clinic, reachable):
    customer = reachable(email="anna@mail.example")
    return MessageFactory(
        enrolment=EnrolmentFactory(customer=customer), address="anna@mail.example"
    )


def path_of(message) -> str:
    url = unsubscribe_url(clinic_id=message.clinic_id, reference=message.reference)
    return "/u/" + url.split("/u/")[1]


def browser() -> Client:
    return BrowserClient(enforce_csrf_checks=True)


def test_looking_changes_nothing(message):
    page = browser().get(path_of(message))

    assert page.status_code == 200
    assert "North Clinic" in page.content.decode()
    assert not Suppression.objects.exists()
    assert Consent.objects.filter(withdrawn_at__isnull=True).count() == 1


def test_one_click_works_without_cookies_and_at_once(message):
    answer = browser().post(path_of(message), ONE_CLICK)

    assert answer.status_code == 200
    assert list(Suppression.objects.values_list("channel", "address", "reason")) == [
        ("email", "anna@mail.example", "unsubscribed")
    ]
    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()
    dispatch.send_due(campaign_id=message.campaign_id, now=lambda: NOON)
    message.refresh_from_db()
    assert (message.state, message.skip_reason) == ("skipped", "suppressed")


def test_a_second_click_changes_nothing_more(message):
    browser().post(path_of(message), ONE_CLICK)
    before = Consent.objects.get().withdrawn_at

    assert browser().post(path_of(message), ONE_CLICK).status_code == 200

    assert Suppression.objects.count() == 1
    assert Consent.objects.get().withdrawn_at == before
    assert CustomerEvent.objects.filter(kind="message.opted_out").count() == 1


def test_unsubscribing_reaches_a_message_that_is_already_claimed(message, inbox):
    chunk = dispatch.claim(campaign_id=message.campaign_id, at=NOON)
    assert len(chunk.claimed) == 1
    browser().post(path_of(message), ONE_CLICK)

    dispatch.hand_over_all(chunk, dispatch.Lines(), lambda: NOON)

    assert inbox.mails == []


def test_other_campaigns_honour_it_too(message, inbox):
    browser().post(path_of(message), ONE_CLICK)
    again = EnrolmentFactory(campaign=RunningCampaignFactory(), customer=message.customer)
    later = MessageFactory(enrolment=again, address="anna@mail.example")

    dispatch.send_due(campaign_id=later.campaign_id, now=lambda: NOON)

    assert inbox.mails == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["x", "a:b", "WzEsIngiXQ:forged", "%00", "王"])
def test_a_wrong_link_gets_a_friendly_page(clinic, method, token):
    answer = getattr(browser(), method)(f"/u/{token}/")

    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_a_genuine_token_with_another_clinics_id_finds_nothing(message, other_clinic):
    token = signing.Signer(salt=SALT).sign_object([other_clinic.pk, message.reference.hex])

    answer = browser().post(f"/u/{token}/", ONE_CLICK)

    assert answer.status_code == 404
    assert not Suppression.objects.exists()


def test_a_token_of_another_purpose_is_none(message):
    token = signing.Signer(salt="other").sign_object([message.clinic_id, message.reference.hex])

    assert browser().post(f"/u/{token}/", ONE_CLICK).status_code == 404


def test_it_works_for_somebody_signed_in_to_another_clinic(
    message, other_clinic, in_clinic, client_as
):
    with in_clinic(other_clinic):
        client = client_as("manager")

    assert client.post(path_of(message), ONE_CLICK).status_code == 200
    assert Suppression.objects.get().address == "anna@mail.example"


def test_the_link_names_no_person(message):
    path = path_of(message)

    assert "anna" not in path
    assert datetime.now(UTC).year >= 2026  # links carry no date: an old mail still unsubscribes
