"""Which provider carries a channel, and its open line."""

import json
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from campaigns.channels import registry
from campaigns.channels.contract import Channel, ProviderClass, ProviderUnavailable
from campaigns.channels.email import channel_of_settings
from campaigns.channels.human import HumanChannel
from campaigns.content import parts
from campaigns.models import ProviderAccount
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.sealing import CannotUnseal
from tenancy.webhook_signatures import new_secret

SIGNING = ("alibaba", "tencent")  # whoever puts 【signature】 before a text, and charges for it


@dataclass(frozen=True, slots=True)
class Carrier:
    """By whom a channel goes. account_id: None for the installation's mail server or a person."""

    channel: str
    account_id: int | None = None
    kind: str = ""
    sender: str = ""
    price_minor: int = 0

    def n_parts(self, text: str) -> int:
        """What the carrier charges for, as far as can be told before: an SMS may be several."""
        if self.channel != "sms":
            return 1
        signed = f"【{self.sender}】{text}" if self.kind in SIGNING else text
        return max(parts(signed).n_parts, 1)


def carriers() -> dict[str, Carrier]:
    """{channel: carrier} of the clinic, in one query; e-mail and calls always have one."""
    found = {name: Carrier(name) for name in ("email", "phone")}
    rows = ProviderAccount.objects.filter(is_active=True).values_list(
        "channel", "pk", "kind", "sender", "price_minor"
    )
    return found | {row[0]: Carrier(*row) for row in rows}


def class_of(account: ProviderAccount | None, channel: str) -> ProviderClass:
    """What may be done after an unclear answer."""
    if account is None:
        return ProviderClass.HUMAN if channel == "phone" else ProviderClass.BLIND
    if account.kind == "recording":
        return ProviderClass(credentials_of(account).get("class") or "keyed")
    kind = registry.kind_of(account.kind, account.channel)
    return kind.provider_class if kind else ProviderClass.BLIND


def credentials_of(account: ProviderAccount) -> dict[str, str]:
    """Raises CannotUnseal."""
    return json.loads(account.credentials or "{}")


def receipts_url(account: ProviderAccount, clinic: Clinic) -> str:
    return settings.PUBLIC_URL + reverse("receipts", args=[clinic.slug, account.token])


class Lines:
    """Open channels, one a carrier, kept from one message to the next."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int | None], Channel] = {}

    def to(self, channel: str, account_id: int | None) -> Channel:
        """Raises ProviderUnavailable where none can be opened."""
        key = (channel, account_id)
        if key not in self._open:
            self._open[key] = _opened(channel, account_id)
        return self._open[key]

    def close(self) -> None:
        for channel in self._open.values():
            channel.close()
        self._open.clear()


def _opened(channel: str, account_id: int | None) -> Channel:
    if account_id is None:
        if channel == "phone":
            return HumanChannel()
        if channel == "email":
            return channel_of_settings()
        raise ProviderUnavailable(f"no account for {channel}")
    with transaction.atomic():
        account = ProviderAccount.objects.get(pk=account_id)
        clinic = Clinic.objects.get(pk=current_clinic_id())
    return open_account(account, clinic)


def open_account(account: ProviderAccount, clinic: Clinic) -> Channel:
    """Raises ProviderUnavailable."""
    try:
        said = credentials_of(account)
    except (CannotUnseal, ValueError) as error:
        raise ProviderUnavailable("the credentials cannot be read") from error
    opening = registry.Opening(account.sender, said, receipts_url(account, clinic))
    return registry.open_channel(account.kind, opening, channel=account.channel)


@transaction.atomic
def save_account(
    *,
    kind: registry.Kind,
    name: str,
    sender: str,
    credentials: dict[str, str],
    price_minor: int,
    account: ProviderAccount | None = None,
) -> ProviderAccount:
    """A new account replaces the active one of its channel; a secret left empty stays as it was."""
    if account is None:
        ProviderAccount.objects.filter(channel=kind.channel, is_active=True).update(is_active=False)
        account = ProviderAccount(
            channel=kind.channel, kind=kind.key, token=token_urlsafe(24), secret=new_secret()
        )
    else:
        before = credentials_of(account)
        kept = {f.name for f in kind.fields if f.is_secret and not credentials.get(f.name)}
        credentials = credentials | {name: before.get(name, "") for name in kept}
    account.name, account.sender, account.price_minor = name.strip(), sender.strip(), price_minor
    account.credentials = json.dumps(credentials, ensure_ascii=False)
    account.save()
    return account


@transaction.atomic
def switch(account: ProviderAccount, *, on: bool) -> None:
    """On: instead of the one its channel had. Off: the channel goes without."""
    if on:
        ProviderAccount.objects.filter(channel=account.channel, is_active=True).update(
            is_active=False
        )
    ProviderAccount.objects.filter(pk=account.pk).update(is_active=on)


def stale_after() -> timedelta:
    """A claim older than this is a dead worker's; longer than any call may take."""
    return timedelta(seconds=settings.SENDING_STALE_SECONDS)
