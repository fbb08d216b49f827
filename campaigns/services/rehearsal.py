"""A plan's mails to oneself, as real customers would read them. Nothing is noted of a customer."""

from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext as _

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    TryLater,
)
from campaigns.exceptions import CampaignRefused
from campaigns.models import Campaign
from campaigns.queries.journeys import journey_of
from campaigns.services.composing import compile_mail, look_of
from campaigns.services.outgoing import sender_of
from campaigns.services.providers import Lines, carriers
from campaigns.services.review import Shown, rendered
from tenancy.models import Clinic, Membership
from tenancy.services.audit import record

NOWHERE = "https://example.invalid/"  # a test unsubscribes nobody


def send_test(
    *, campaign: Campaign, clinic: Clinic, address: str, by: Membership, at: datetime
) -> int:
    """How many mails went. Raises CampaignRefused where there is none, or none was taken."""
    shown = [
        one
        for one in rendered(campaign, journey_of(campaign), clinic, at)
        if one.channel == "email" and one.words is not None and not one.refusal
    ]
    if not shown:
        raise CampaignRefused(_("There is no mail in this plan that could be sent as a test."))
    lines = Lines()
    try:
        carrier = carriers()["email"]
        channel = lines.to("email", carrier.account_id)
        for one in shown:
            channel.send(_envelope(one, clinic, address))
    except (ProviderUnavailable, MessageRefused, TryLater, OutcomeUnknown) as error:
        raise CampaignRefused(
            _("The mail server did not take the test: %(said)s") % {"said": error}
        ) from error
    finally:
        lines.close()
    record(action="campaign.tested", by=by, subject=campaign, detail={"n": len(shown)})
    return len(shown)


def _envelope(shown: Shown, clinic: Clinic, address: str) -> Envelope:
    assert shown.words is not None
    mail = compile_mail(
        subject=_("[Test] %(subject)s") % {"subject": shown.words.subject},
        body=shown.words.body,
        clinic=clinic,
        language=shown.language,
        look=look_of(clinic),
    ).fill(shown.values, unsubscribe_url=NOWHERE)
    return Envelope(
        address=address.lower(),
        reference=uuid4().hex,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sender=sender_of(clinic),
        unsubscribe_url=NOWHERE,
        campaign_id=0,
        step=shown.step,
    )
