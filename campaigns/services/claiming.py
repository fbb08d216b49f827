"""Taking due messages in hand: each is judged, and what may go is composed, before the commit."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum

from campaigns import faults
from campaigns.channels.contract import Envelope
from campaigns.exceptions import EmptyField, LostClaim, TemplateRefused
from campaigns.gates import Facts, Reason, Verdict, decide
from campaigns.models import Campaign, Message
from campaigns.queries.facts import facts_of
from campaigns.queries.journeys import send_window_of
from campaigns.queries.merge_values import merge_values
from campaigns.services import arming
from campaigns.services.outgoing import SLIP_COLUMNS, Composer, Slip
from campaigns.services.providers import Carrier, carriers
from customers.models import Customer
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

CHUNK = 500
LONGEST_WAIT = timedelta(minutes=30)
State = Message.State


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in our hands. claimed_at: proof of the claim, checked at every later step."""

    slip: Slip
    envelope: Envelope
    carrier: Carrier
    claimed_at: datetime
    cost_minor: int = 0  # of one part

    @property
    def pk(self) -> int:
        return self.slip.pk


@dataclass(frozen=True)
class Chunk:
    """What one claim found. n_seen: due messages looked at, sent or not."""

    clinic: Clinic
    campaign: Campaign | None
    n_seen: int
    claimed: list[Claimed]


@transaction.atomic
def claim(*, campaign_id: int, at: datetime, composers: dict | None = None) -> Chunk:
    """Take some due messages; those that may not go now are skipped or put off on the way.

    One claim of a clinic runs at a time, so that two campaigns cannot both believe to be the last
    message under the frequency cap. composers: {campaign id: Composer}, kept from claim to claim.
    """
    faults.point("before_claim")
    rules = arming.locked_rules()
    clinic = Clinic.objects.get(pk=current_clinic_id())
    campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.RUNNING).first()
    if campaign is None:
        return Chunk(clinic, None, 0, [])
    slips = [Slip(*row) for row in due_slips(campaign, at)]
    if not slips or not arming.count_claim(rules, clinic):
        return Chunk(clinic, campaign, 0, [])
    judging = _Judging(campaign, clinic, at, composers if composers is not None else {})
    changes: dict[tuple, list[int]] = defaultdict(list)
    for pk, change in judging.changes(slips):
        changes[change].append(pk)
    for change, ids in changes.items():
        _apply(dict(change), ids)
    return Chunk(clinic, campaign, len(slips), judging.claimed)


def due_slips(campaign: Campaign, at: datetime) -> QuerySet:
    """Locked, in the order of their index, so that a claim reads no more than it takes. Languages
    are looked up for these: in a join the planner may read all customers first."""
    reader = Customer.with_merged.filter(pk=OuterRef("customer_id")).order_by()
    return (
        Message.objects.filter(campaign=campaign, state=State.QUEUED, due_at__lte=at)
        .annotate(language=Subquery(reader.values("language")[:1]))
        .order_by("due_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list(*SLIP_COLUMNS)[:CHUNK]
    )


class _Judging:
    """One chunk looked at: verdicts as columns to write, and the envelopes of what goes."""

    def __init__(self, campaign: Campaign, clinic: Clinic, at: datetime, composers: dict) -> None:
        self._campaign, self._clinic, self._at = campaign, clinic, at
        if campaign.pk not in composers:
            composers[campaign.pk] = Composer(campaign, clinic)
        self._composer: Composer = composers[campaign.pk]
        self._carriers = carriers()
        local = at.astimezone(clinic.zone)
        opens_at = send_window_of(campaign).opens(local)
        self._opens_at = opens_at if opens_at > local else None
        self._left_minor = _budget_left(campaign)
        self._n_now: Counter[int] = Counter()  # claimed in this chunk, by customer
        self.claimed: list[Claimed] = []

    def changes(self, slips: list[Slip]) -> Iterator[tuple[int, tuple]]:
        """(id, columns to write as a key): messages with one verdict are written together."""
        of_channel: dict[str, list[Slip]] = defaultdict(list)
        for slip in slips:
            of_channel[slip.channel].append(slip)
        customers = [slip.customer_id for slip in slips]
        day = local_day(self._clinic.zone, self._at)
        fields = self._composer.fields
        self._values = merge_values(customers, fields=fields, clinic=self._clinic, on=day)
        for channel, its in of_channel.items():
            addresses = {slip.customer_id: slip.address for slip in its}
            facts = facts_of(
                list(addresses), addresses, campaign=self._campaign, clinic=self._clinic,
                at=self._at, channel=channel,
            )  # fmt: skip
            for slip in its:
                yield slip.pk, self._change(slip, facts[slip.customer_id])

    def _change(self, slip: Slip, facts: Facts) -> tuple:
        carrier = self._carriers.get(slip.channel)
        if carrier is None:
            return _put_off(self._at + LONGEST_WAIT, f"no account for {slip.channel}")
        cost = carrier.price_minor if carrier.account_id else self._campaign.message_cost_minor
        verdict = decide(self._completed(facts, slip, cost))
        if verdict.reason or verdict.must_wait:
            return _refused(verdict, self._at, slip)
        try:
            sender = carrier.sender if slip.channel == "email" else ""
            values = self._values.get(slip.customer_id, {})
            envelope = self._composer.envelope(slip, values, sender=sender)
        except EmptyField:
            return _refused(Verdict(reason=Reason.EMPTY_FIELD), self._at, slip)
        except TemplateRefused as refused:
            return _given_up(slip, refused.message)
        total = cost * carrier.n_parts(envelope.text)
        if self._costs_too_much(total) and not facts.is_service:
            return _refused(Verdict(reason=Reason.OVER_BUDGET), self._at, slip)
        self.claimed.append(Claimed(slip, envelope, carrier, self._at, cost))
        self._n_now[slip.customer_id] += slip.channel != "phone"
        if self._left_minor is not None:
            self._left_minor -= total
        return (
            ("state", State.SENDING), ("claimed_at", self._at), ("handed_at", None),
            ("account_id", carrier.account_id), ("cost_minor", total),
        )  # fmt: skip

    def _costs_too_much(self, cost: int) -> bool:
        return self._left_minor is not None and cost > self._left_minor

    def _completed(self, facts: Facts, slip: Slip, cost: int) -> Facts:
        """What belongs to this message rather than to its reader."""
        now = self._n_now[slip.customer_id]
        own: dict[str, Any] = {}
        if self._opens_at:
            own["opens_at"] = self._opens_at
        if slip.not_after is not None and slip.not_after < self._at:
            own["is_expired"] = True
        if self._costs_too_much(cost):
            own["is_over_budget"] = True
        if now:
            own |= {
                "n_recent_messages": facts.n_recent_messages + now,
                "n_7_days": facts.n_7_days + now,
                "n_1_day": facts.n_1_day + now,
            }
        return replace(facts, **own) if own else facts


def _budget_left(campaign: Campaign) -> int | None:
    """Minor units not yet spent on messages, what is under way included; None: no limit."""
    if campaign.budget_minor is None:
        return None
    under_way = [State.SENDING, State.SENT, State.UNKNOWN]
    spent = Message.objects.filter(campaign=campaign, state__in=under_way).aggregate(
        total=Sum("cost_minor")
    )
    return campaign.budget_minor - (spent["total"] or 0)


def _refused(verdict: Verdict, at: datetime, slip: Slip) -> tuple:
    if not verdict.reason:
        return _put_off(verdict.until or at + LONGEST_WAIT)
    if slip.unclear_at is not None:
        return _given_up(slip, f"not repeated: {verdict.reason.value}")
    return (("state", State.SKIPPED), ("skip_reason", verdict.reason.value))


def _given_up(slip: Slip, error: str) -> tuple:
    """Failed; unknown where an earlier call may have gone through."""
    told = ("error", error[:300])
    if slip.unclear_at is None:
        return (("state", State.FAILED), told)
    return (("state", State.UNKNOWN), ("handed_at", slip.unclear_at), told)


def _put_off(until: datetime, error: str | None = None) -> tuple:
    return (("due_at", until),) if error is None else (("due_at", until), ("error", error))


def _apply(change: dict, ids: list[int]) -> None:
    """The conditional UPDATE: only what is still queued, as the lock promises all of it is."""
    columns = ", ".join(f"{name} = %s" for name in change)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE campaigns_message SET {columns}"  # noqa: S608 our own column names
            " WHERE clinic_id = %s AND id = ANY (%s) AND state = 'queued'",
            [*change.values(), current_clinic_id(), ids],
        )
        n_changed = cursor.rowcount
    if n_changed != len(ids):
        raise LostClaim(f"{len(ids) - n_changed} of {len(ids)} locked messages changed hands.")
