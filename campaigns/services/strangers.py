"""A «stop» from an address written to long ago, or never: of no message, obeyed all the same."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models.functions import Lower

from campaigns.addresses import is_reachable
from campaigns.models import ProviderAccount, Suppression
from campaigns.queries.addresses import CONSENT_CHANNELS, CONTACT_KINDS, IDENTITY_SOURCES
from campaigns.reports import Report, means_stop
from customers.models import ContactPoint, Identity
from customers.services.bulk_rows import insert_rows
from customers.services.consent import ConsentChange, apply_changes


def obey_stops(reports: Sequence[Report], *, account: ProviderAccount, at: datetime) -> None:
    """reports: those that name no message of ours. The address is suppressed, and whoever has it
    takes back the yes to marketing there."""
    addresses = {
        report.address
        for report in reports
        if report.kind == "replied"
        and is_reachable(report.address, account.channel)
        and means_stop(report.words)
    }
    if not addresses:
        return
    insert_rows(
        Suppression,
        [
            {"channel": account.channel, "address": one, "reason": "replied_stop", "created_at": at}
            for one in sorted(addresses)
        ],
        on_conflict="DO NOTHING",
    )
    channel = CONSENT_CHANNELS.get(account.channel, account.channel)
    changes = [
        ConsentChange(customer_id, "marketing", channel, False, said_at=at)
        for customer_id in sorted(_who_has(addresses, account.channel))
    ]
    apply_changes(changes, at=at, source="reply")


def _who_has(addresses: set[str], channel: str) -> set[int]:
    if sources := IDENTITY_SOURCES.get(channel):
        rows = Identity.objects.filter(source__in=sources, external_id__in=addresses)
        return set(rows.values_list("customer_id", flat=True))
    points = ContactPoint.objects.annotate(plain=Lower("value"))
    points = points.filter(kind=CONTACT_KINDS.get(channel, channel), plain__in=addresses)
    return set(points.values_list("customer_id", flat=True))
