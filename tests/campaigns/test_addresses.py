"""Which address a campaign writes to: of WeChat, the ids it gave, as it gave them."""

import pytest
from django.utils import timezone

from campaigns.models import Step, Variant
from campaigns.queries.addresses import chosen_addresses
from campaigns.queries.facts import facts_of
from campaigns.services.expansion import expand
from customers.models import Identity
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import ConsentFactory, ContactPointFactory, IdentityFactory

pytestmark = pytest.mark.django_db
OPEN_ID = "oAbC_9-XyZ"


@pytest.fixture
def follower(clinic):
    """A customer who follows the clinic's account, and wrote down an e-mail address, too."""
    customer = IdentityFactory(source="wechat", external_id=OPEN_ID).customer
    ContactPointFactory(customer=customer, kind="email", value="Mei@Mail.example")
    ConsentFactory(customer=customer, channel="wechat")
    return customer


@pytest.mark.parametrize(
    ("channel", "source", "address"),
    [("wechat", "wechat", OPEN_ID), ("wechat", "wechat_openid", OPEN_ID),
     ("wecom", "wecom", OPEN_ID), ("email", "wechat", "mei@mail.example")],
)  # fmt: skip
def test_each_channel_has_its_own_address(follower, channel, source, address):
    Identity.objects.update(source=source)

    assert chosen_addresses([follower.pk], channel)[follower.pk].address == address


def test_who_does_not_follow_has_no_address_there(follower):
    Identity.objects.update(source="booking")

    assert chosen_addresses([follower.pk], "wechat") == {}


def test_a_launch_writes_to_the_open_id_and_a_consent_to_wechat_counts(clinic, follower):
    campaign = CampaignFactory(state="launching")
    step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="wechat")
    Variant.objects.create(step=step, name="A", share=100, subject="", body="您好")

    expand(campaign_id=campaign.pk, clinic=clinic, at=timezone.now())

    message = campaign.messages.get()
    assert (message.channel, message.address, message.state) == ("wechat", OPEN_ID, "queued")


@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_an_id_that_is_gone_is_no_address_any_more(clinic, follower, channel):
    Identity.objects.update(source=channel)
    asked = {"campaign": CampaignFactory(), "clinic": clinic, "at": timezone.now()}

    def facts():
        return facts_of([follower.pk], {follower.pk: OPEN_ID}, channel=channel, **asked)[
            follower.pk
        ]

    assert (facts().has_valid_address, facts().has_consent) == (True, True)
    Identity.objects.all().delete()
    assert not facts().has_valid_address
