"""Reports about messages: kept once each, written on the message, told on the timeline, obeyed.

Many at once in a fixed number of statements, in any order: of each kind the earliest stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from campaigns import faults
from campaigns.models import Message, ProviderAccount, Receipt, Suppression
from campaigns.queries.addresses import CONSENT_CHANNELS
from campaigns.reports import Report, is_machine, means_stop
from campaigns.services.strangers import obey_stops
from campaigns.services.unknowns import was_sent
from customers.services.bulk_rows import insert_rows, insert_rows_returning
from customers.services.consent import ConsentChange, apply_changes
from customers.services.timeline import Event, record_events
from tenancy.scope import current_clinic_id

TIMES = {
    "delivered": "delivered_at", "bounced": "bounced_at", "complained": "complained_at",
    "opened": "opened_at", "clicked": "clicked_at", "replied": "replied_at",
}  # fmt: skip
REPLY_DAYS = 30  # a reply belongs to the last message of so many days
TOLD = ("bounced", "complained", "opened", "clicked", "replied")  # on the timeline


@dataclass(frozen=True, slots=True)
class _Of:
    """The message a report tells of."""

    pk: int
    customer_id: int
    campaign_id: int
    channel: str
    address: str
    handed_at: datetime | None


@transaction.atomic
def ingest(
    reports: Sequence[Report], *, account: ProviderAccount | None, at: datetime
) -> tuple[int, int]:
    """(new ones kept, of them without a message of ours). Repeated ones change nothing."""
    by_id = {report.receipt_id: report for report in reports}
    found = _messages_of(by_id.values(), account, at)
    rows = [_row(report, found.get(report.receipt_id), account, at) for report in by_id.values()]
    written = insert_rows_returning(
        Receipt, rows, on_conflict="DO NOTHING", returning=("receipt_id", "is_machine")
    )
    faults.point("in_receipts")
    new = [
        (by_id[receipt_id], found[receipt_id], machine)
        for receipt_id, machine in written
        if receipt_id in found
    ]
    if account is not None:
        strange = [by_id[key] for key, _machine in written if key not in found]
        obey_stops(strange, account=account, at=at)
    was_sent([of.pk for _report, of, _machine in new], at=at)
    _mark(new, at)
    _obey(new, at)
    _tell(new, at)
    return len(written), len(written) - len(new)


def _row(
    report: Report, of: _Of | None, account: ProviderAccount | None, at: datetime
) -> dict[str, object]:
    return {
        "account_id": account.pk if account else None,
        "receipt_id": report.receipt_id,
        "message_id": of.pk if of else None,
        "customer_id": of.customer_id if of else None,
        "kind": report.kind,
        "is_machine": report.kind in ("opened", "clicked") and _by_machine(report, of, at),
        "words": report.words[:500],
        "occurred_at": _when(report, at),
        "received_at": at,
    }


def _when(report: Report, at: datetime) -> datetime:
    """A clock that runs ahead of ours tells no future."""
    return min(report.occurred_at or at, at)


def _by_machine(report: Report, of: _Of | None, at: datetime) -> bool:
    if report.is_machine:
        return True
    if not report.user_agent:
        return False
    after = _when(report, at) - of.handed_at if of and of.handed_at else None
    return is_machine(report.user_agent, after=after)


def _messages_of(
    reports: Iterable[Report], account: ProviderAccount | None, at: datetime
) -> dict[str, _Of]:
    """{receipt id: message}: by our reference, else by the provider's, else by the last one sent to
    the address that replied."""
    by_reference = {_uuid(r.reference): r for r in reports if r.reference}
    columns = ("pk", "customer_id", "campaign_id", "channel", "address", "handed_at")
    known = Message.objects.exclude(state__in=["queued", "skipped"])
    found: dict[str, _Of] = {}
    rows = known.filter(reference__in=[key for key in by_reference if key])
    of_reference = {row[0]: _Of(*row[1:]) for row in rows.values_list("reference", *columns)}
    refs = {r.provider_ref for r in reports if r.provider_ref and not r.reference}
    of_ref = {
        row[0]: _Of(*row[1:])
        for row in known.filter(provider_ref__in=refs - {""}, account=account).values_list(
            "provider_ref", *columns
        )
    }
    addresses = {r.address for r in reports if r.address and r.kind == "replied"}
    of_address = _last_to(addresses, account, at, columns)
    for report in reports:
        of = of_reference.get(_uuid(report.reference)) or of_ref.get(report.provider_ref)
        of = of or of_address.get(report.address)
        if of is not None:
            found[report.receipt_id] = of
    return found


def _last_to(
    addresses: set[str], account: ProviderAccount | None, at: datetime, columns: tuple[str, ...]
) -> dict[str, _Of]:
    if not addresses or account is None:
        return {}
    rows = Message.objects.filter(
        address__in=addresses, channel=account.channel,
        handed_at__gte=at - timedelta(days=REPLY_DAYS),
    )  # fmt: skip
    last = rows.order_by().values("address").annotate(last=Max("pk")).values_list("last", flat=True)
    found = Message.objects.filter(pk__in=list(last)).values_list("address", *columns)
    return {row[0]: _Of(*row[1:]) for row in found}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


New = Sequence[tuple[Report, _Of, bool]]


def _mark(new: New, at: datetime) -> None:
    """The earliest of each kind on the message; openings by machines are only in Receipt."""
    for kind, column in TIMES.items():
        mine = [(of.pk, _when(r, at)) for r, of, machine in new if r.kind == kind and not machine]
        if not mine:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE campaigns_message message"  # noqa: S608 a column of TIMES
                f" SET {column} = least(message.{column}, told.at)"
                " FROM (SELECT id, min(at) AS at FROM unnest(%s::bigint[], %s::timestamptz[])"
                " AS one (id, at) GROUP BY id) told"
                " WHERE message.clinic_id = %s AND message.id = told.id",
                [[pk for pk, _at in mine], [when for _pk, when in mine], current_clinic_id()],
            )


def _obey(new: New, at: datetime) -> None:
    """Bounces and complaints suppress; complaints and «stop» withdraw the yes, too."""
    suppressed: dict[tuple[str, str], str] = {}
    opted_out: dict[int, _Of] = {}
    for report, of, _machine in new:
        if report.kind == "bounced" and report.is_lasting:
            suppressed.setdefault((of.channel, of.address), "bounced")
        elif report.kind == "complained":
            suppressed[of.channel, of.address] = "complained"
            opted_out[of.pk] = of
        elif report.kind == "replied" and means_stop(report.words):
            suppressed[of.channel, of.address] = "replied_stop"
            opted_out[of.pk] = of
    insert_rows(
        Suppression,
        [
            {"channel": channel, "address": address, "reason": reason, "created_at": at}
            for (channel, address), reason in sorted(suppressed.items())
        ],
        on_conflict="DO NOTHING",
    )
    if opted_out:
        _withdraw(list(opted_out.values()), at)


def _withdraw(messages: Sequence[_Of], at: datetime) -> None:
    changes = [
        ConsentChange(of.customer_id, "marketing", _consent_channel(of), False, said_at=at)
        for of in messages
    ]
    apply_changes(changes, at=at, source="reply or complaint")
    record_events(
        [
            Event(
                "message.opted_out", of.customer_id, at, f"message:{of.pk}",
                payload={"campaign_id": of.campaign_id, "channel": of.channel},
            )
            for of in messages
        ],
        at=at,
    )  # fmt: skip


def _consent_channel(of: _Of) -> str:
    return CONSENT_CHANNELS.get(of.channel, of.channel)


def _tell(new: New, at: datetime) -> None:
    """One event a message and kind, however often it was opened."""
    first: dict[tuple[str, int], Event] = {}
    for report, of, machine in sorted(new, key=lambda one: _when(one[0], at)):
        if report.kind not in TOLD or machine:
            continue
        payload = {"campaign_id": of.campaign_id, "channel": of.channel}
        first.setdefault(
            (report.kind, of.pk),
            Event(f"message.{report.kind}", of.customer_id, _when(report, at),
                  f"message:{of.pk}", payload=payload),
        )  # fmt: skip
    if first:
        record_events(list(first.values()), at=at)


@transaction.atomic
def saw(
    *, reference: UUID, kind: str, key: str, user_agent: str, is_probe: bool, at: datetime
) -> None:
    """What our own pages saw of a reader: an opening or a click, once a day and key.

    is_probe: asked for without wanting the page (HEAD), as scanners do.
    """
    message = Message.objects.filter(reference=reference).only("handed_at").first()
    if message is None:
        return
    after = at - message.handed_at if message.handed_at else None
    machine = is_probe or is_machine(user_agent, after=after)
    receipt_id = f"{kind}:{key}:{at:%Y%m%d}:{'m' if machine else 'h'}"
    report = Report(receipt_id, kind, at, reference=reference.hex, is_machine=machine)
    ingest([report], account=None, at=at)
