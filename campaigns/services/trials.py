"""One message to oneself, to see that an account works."""

from html import escape
from uuid import uuid4

from django.utils.translation import gettext as _

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    Taken,
    TryLater,
)
from campaigns.models import ProviderAccount
from campaigns.services.outgoing import sender_of
from campaigns.services.providers import open_account
from tenancy.exceptions import DomainError
from tenancy.models import Clinic


class TrialFailed(DomainError):
    """The provider did not take it; the message says what it said."""

    code = "trial_failed"


def send_test(*, account: ProviderAccount, clinic: Clinic, address: str) -> Taken:
    """Hand one test message to the provider. Raises TrialFailed."""
    words = _("This is a test from %(clinic)s. It works.") % {"clinic": clinic.name}
    envelope = Envelope(
        address=address.lower() if account.channel == "email" else address,
        reference=uuid4().hex,
        subject=_("A test message"),
        text=words,
        html=f"<!doctype html><html><body><p>{escape(words)}</p></body></html>",
        sender=(account.sender or sender_of(clinic))
        if account.channel == "email" else account.sender,
        unsubscribe_url="https://example.invalid/",
    )  # fmt: skip
    try:
        channel = open_account(account, clinic)
        try:
            return channel.send(envelope)
        finally:
            channel.close()
    except ProviderUnavailable as error:
        raise TrialFailed(
            _("The provider takes nothing now: %(said)s") % {"said": error}
        ) from error
    except (MessageRefused, TryLater) as error:
        raise TrialFailed(_("The provider refused it: %(said)s") % {"said": error}) from error
    except OutcomeUnknown as error:
        raise TrialFailed(
            _("The provider gave no clear answer: %(said)s") % {"said": error}
        ) from error
