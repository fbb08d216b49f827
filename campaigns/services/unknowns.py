"""Messages of which nobody knows whether they went out: the provider is asked where it can be, and
of the rest a person says what happened. Nothing here is sent by itself without a clear «no».
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from campaigns.channels.contract import Found, ProviderClass, ProviderUnavailable
from campaigns.models import Message, ProviderAccount
from campaigns.services.outcomes import tell_sent
from campaigns.services.providers import Lines, class_of
from tenancy.models import AuditEntry, Membership
from tenancy.scope import current_clinic_id

AT_ONCE = 200
ASK_FOR = timedelta(hours=48)  # then a person decides
State = Message.State
Clock = Callable[[], datetime]


def reap_stale_claims(*, at: datetime, older_than: timedelta) -> tuple[int, int]:
    """(back to the queue, unknown): what dead workers held.

    Never handed over: back. Handed over: back where repeating is harmless, else unknown; whoever
    can be asked is asked.
    """
    stale = Message.objects.filter(state=State.SENDING, claimed_at__lte=at - older_than)
    _believe_reports(stale.filter(handed_at__isnull=False), at)
    back = {"state": State.QUEUED, "claimed_at": None, "handed_at": None, "due_at": at}
    n_back = stale.filter(handed_at__isnull=True).update(**back)
    n_unknown = 0
    handed = stale.filter(handed_at__lte=at - older_than)
    for channel, account_id in handed.order_by().values_list("channel", "account").distinct():
        mine = handed.filter(channel=channel, account=account_id)
        account = ProviderAccount.objects.filter(pk=account_id).first()
        provider_class = class_of(account, channel)
        if provider_class is ProviderClass.HUMAN or _forgets_never(account, provider_class):
            n_back += mine.update(
                **back, unclear_at=F("handed_at"), error="worker lost after hand-over; repeated"
            )
            continue
        ask_after = at if provider_class is ProviderClass.ASKED else None
        n_unknown += mine.update(
            state=State.UNKNOWN, error="worker lost after hand-over", ask_after=ask_after
        )
    return n_back, n_unknown


def _believe_reports(handed: QuerySet[Message], at: datetime) -> None:
    """What was delivered, opened or answered went out, though its worker never said so."""
    told = Q(delivered_at__isnull=False) | Q(bounced_at__isnull=False)
    for column in ("complained_at", "opened_at", "clicked_at", "replied_at"):
        told |= Q(**{f"{column}__isnull": False})
    ids = list(handed.filter(told).order_by().values_list("pk", flat=True))
    if ids:
        Message.objects.filter(pk__in=ids, state=State.SENDING).update(state=State.UNKNOWN)
        was_sent(ids, at=at)


def _forgets_never(account: ProviderAccount | None, provider_class: ProviderClass) -> bool:
    """Keyed, and for longer than a claim takes to be found stale (WeChat remembers ten minutes)."""
    return provider_class is ProviderClass.KEYED and (
        account is not None and account.kind != "wechat"
    )


def look_up_unknown(*, now: Clock = timezone.now) -> int:
    """Ask providers for what may be asked now; how many were settled. In a scope that commits step
    by step: nothing is held while a provider is spoken to."""
    with transaction.atomic():
        due = list(
            Message.objects.filter(state=State.UNKNOWN, ask_after__lte=now())
            .order_by("ask_after", "pk")
            .values_list(
                "pk", "channel", "account", "reference", "address", "handed_at", "ask_after"
            )[:AT_ONCE]
        )
    lines, n_settled = Lines(), 0
    try:
        for pk, channel, account_id, reference, address, handed_at, ask_after in due:
            try:
                line = lines.to(channel, account_id)
            except ProviderUnavailable:
                _ask_again_later(pk, handed_at, ask_after, now())
                continue
            if handed_at + line.settle > now():
                _write(pk, ask_after, ask_after_=handed_at + line.settle)
                continue
            found = line.look_up(reference=reference.hex, address=address, handed_at=handed_at)
            n_settled += _settle(pk, found, handed_at, ask_after, now())
    finally:
        lines.close()
    return n_settled


def _settle(pk: int, found: Found, handed_at: datetime, ask_after: datetime, at: datetime) -> bool:
    if found is Found.CANNOT_SAY:
        _ask_again_later(pk, handed_at, ask_after, at)
        return False
    if found is Found.TAKEN:
        return bool(was_sent([pk], at=at))
    return bool(was_not_sent([pk], at=at, error="the provider did not have it; sent again"))


def _ask_again_later(pk: int, handed_at: datetime, asked: datetime, at: datetime) -> None:
    """After as long again as it is old; None, so that a person decides, after two days."""
    age = at - handed_at
    later = None if age > ASK_FOR else at + min(max(age, timedelta(seconds=5)), timedelta(hours=2))
    _write(pk, asked, ask_after_=later)


@transaction.atomic
def _write(pk: int, asked: datetime, *, ask_after_: datetime | None) -> None:
    rows = Message.objects.filter(pk=pk, state=State.UNKNOWN, ask_after=asked)
    rows.update(ask_after=ask_after_)


_WAS_SENT = """
UPDATE campaigns_message message SET state = 'sent', sent_at = coalesce(handed_at, %(at)s),
    error = '', ask_after = NULL
WHERE clinic_id = %(clinic)s AND id = ANY (%(ids)s) AND state = 'unknown'
RETURNING id, customer_id, campaign_id, channel,
    (SELECT name FROM campaigns_campaign campaign
     WHERE campaign.clinic_id = %(clinic)s AND campaign.id = message.campaign_id)
"""


@transaction.atomic
def was_sent(ids: Sequence[int], *, at: datetime, by: Membership | None = None) -> int:
    """These unknown ones went out after all; how many were still unknown."""
    with connection.cursor() as cursor:
        cursor.execute(_WAS_SENT, {"at": at, "ids": list(ids), "clinic": current_clinic_id()})
        rows = cursor.fetchall()
    tell_sent(rows, at=at)
    _note(by, "message.found_sent", [row[0] for row in rows])
    return len(rows)


@transaction.atomic
def was_not_sent(
    ids: Sequence[int], *, at: datetime, error: str = "", by: Membership | None = None
) -> int:
    """These unknown ones never went out: back to the queue, and judged afresh; how many."""
    rows = Message.objects.filter(pk__in=list(ids), state=State.UNKNOWN)
    found = list(rows.select_for_update().values_list("pk", flat=True))
    Message.objects.filter(pk__in=found).update(
        state=State.QUEUED, due_at=at, claimed_at=None, handed_at=None, ask_after=None,
        unclear_at=None, error=error,
    )  # fmt: skip
    _note(by, "message.found_unsent", found)
    return len(found)


def _note(by: Membership | None, action: str, ids: Sequence[int]) -> None:
    """What a person decided is kept; what a provider said stands in the message."""
    if by is None:
        return
    for pk in ids:
        AuditEntry.objects.create(
            actor=by, actor_label=str(by), action=action, subject_kind="message", subject_id=pk
        )
