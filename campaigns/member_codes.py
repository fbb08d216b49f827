"""Codes for the member page by SMS, through the clinic's own account, where it has one."""

from uuid import uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    TryLater,
)
from campaigns.models import ProviderAccount
from campaigns.services.providers import open_account
from loyalty.member.sending import register_sender
from tenancy.models import Clinic


def has_sms() -> bool:
    return _accounts().exists()


def send_by_sms(address: str, code: str, clinic: Clinic) -> None:
    """Raises ConnectionError where it may be tried again; an unclear answer is not repeated, for
    the code may be on its way, and a refused number gets none."""
    account = _accounts().first()
    if account is None:
        return
    text = _("%(code)s is your code for the member page of %(clinic)s, for 10 minutes.") % {
        "code": code, "clinic": clinic.name}  # fmt: skip
    envelope = Envelope(
        address=address, reference=uuid4().hex, subject="", text=text, sender=account.sender
    )
    try:
        channel = open_account(account, clinic)
        try:
            channel.send(envelope)
        finally:
            channel.close()
    except (ProviderUnavailable, TryLater) as error:
        raise ConnectionError(str(error)) from error
    except (MessageRefused, OutcomeUnknown):
        return


def _accounts() -> QuerySet[ProviderAccount]:
    return ProviderAccount.objects.filter(channel="sms", is_active=True)


def register() -> None:
    register_sender("phone", send_by_sms, is_ready=has_sms)
