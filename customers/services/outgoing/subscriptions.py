"""Who is told of what: subscriptions of a clinic, their secrets, and when they pause."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.models import Subscription, SubscriptionSecret
from customers.services.outgoing.kinds import OUTGOING
from customers.services.outgoing.targets import check_url
from tenancy.exceptions import DomainError
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id
from tenancy.webhook_signatures import new_secret

OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
MAX_SUBSCRIPTIONS = 20


@transaction.atomic
def subscribe(*, name: str, url: str, kinds: Iterable[str]) -> tuple[str, Subscription]:
    """A new subscription: its secret, to be shown once, and the row.

    Raises DomainError for a name that is taken, an unknown kind, or an address we do not call.
    """
    checked = check_url(url)
    wanted = _known(kinds)
    Clinic.objects.select_for_update(no_key=True).get(pk=current_clinic_id())
    _check_name(name, None)
    if Subscription.objects.count() >= MAX_SUBSCRIPTIONS:
        message = _("A clinic has at most %(n)s subscriptions.") % {"n": MAX_SUBSCRIPTIONS}
        raise DomainError(message, code="too_many")
    made = Subscription.objects.create(name=name.strip(), url=checked, kinds=wanted)
    return _add_secret(made), made


@transaction.atomic
def change(*, subscription: Subscription, name: str, url: str, kinds: Iterable[str]) -> None:
    """Raises DomainError as `subscribe` does. What waits already goes to the new address."""
    checked, wanted = check_url(url), _known(kinds)
    _check_name(name, subscription.pk)
    Subscription.objects.filter(pk=subscription.pk).update(
        name=name.strip(), url=checked, kinds=wanted
    )


def _check_name(name: str, own_pk: int | None) -> None:
    if not name.strip() or len(name.strip()) > 60:
        raise DomainError(_("The name has 1 to 60 characters."), code="name")
    if Subscription.objects.filter(name=name.strip()).exclude(pk=own_pk).exists():
        raise DomainError(_("Another subscription has this name."), code="name_taken")


def _known(kinds: Iterable[str]) -> list[str]:
    wanted = sorted(set(kinds))
    if not wanted or set(wanted) - set(OUTGOING):
        raise DomainError(_("Choose at least one kind of event."), code="kinds")
    return wanted


@transaction.atomic
def replace_secret(*, subscription: Subscription, at: datetime) -> str:
    """A new secret, to be shown once; for a day everything is signed with the one before too."""
    rows = SubscriptionSecret.objects.filter(subscription=subscription)
    rows.filter(expires_at__lte=at).delete()
    rows.filter(expires_at__isnull=True).update(expires_at=at + OLD_SECRET_SIGNS_FOR)
    return _add_secret(subscription)


def _add_secret(subscription: Subscription) -> str:
    text = new_secret()
    SubscriptionSecret.objects.create(subscription=subscription, text=text)
    return text


def secrets_of(subscription_id: int, *, at: datetime) -> list[str]:
    """What we sign with now, the newest first."""
    rows = SubscriptionSecret.objects.filter(subscription_id=subscription_id)
    return [one.text for one in rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))]


@transaction.atomic
def set_paused(*, subscription: Subscription, is_paused: bool) -> None:
    """While paused events are kept and none is sent."""
    Subscription.objects.filter(pk=subscription.pk).update(is_paused=is_paused)
    if not is_paused:
        enqueue("customers.send_deliveries", subscription_id=subscription.pk)


@transaction.atomic
def end(*, subscription: Subscription) -> None:
    """The subscription and its log are gone; what waited is not sent."""
    subscription.delete()
