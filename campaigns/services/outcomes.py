"""What became of messages that were handed over, written for many at once.

Every statement asks again whether the claim is still ours: a worker that was given up for dead and
comes back changes nothing, but for one thing: that a message was sent stays true.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import connection, transaction

from campaigns.channels.contract import TAKEN, Channel, ProviderClass, Taken
from campaigns.models import Message
from campaigns.services.claiming import LONGEST_WAIT, Claimed
from customers.services.timeline import Event, record_events
from tenancy.scope import current_clinic_id

MAX_TRIES = 8  # of one message the provider does not want now; an absent one costs no tries
State = Message.State


class Became(StrEnum):
    SENT = "sent"
    LATER = "later"  # not taken, perhaps later
    AGAIN = "again"  # nobody knows, and repeating is harmless
    UNCLEAR = "unclear"  # nobody knows, and repeating is not
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """error: what to keep of it, "" when it went well."""

    of: Claimed
    became: Became
    error: str = ""
    taken: Taken = TAKEN


@transaction.atomic(savepoint=False)
def write_outcomes(outcomes: Sequence[Outcome], *, channel: Channel, at: datetime) -> None:
    """One statement a kind of outcome."""
    sent = [one for one in outcomes if one.became is Became.SENT]
    mark_sent(sent, at=at)
    groups: dict[tuple, list[Claimed]] = defaultdict(list)
    for one in outcomes:
        if one.became is not Became.SENT:
            groups[_columns(one, channel, at)].append(one.of)
    for columns, claimed in groups.items():
        Message.objects.filter(
            pk__in=[one.pk for one in claimed],
            state=State.SENDING,
            claimed_at=claimed[0].claimed_at,
        ).update(**dict(columns))


def _columns(one: Outcome, channel: Channel, at: datetime) -> tuple:
    """What to write of a message that was not, or perhaps not, taken."""
    n_tries = one.of.slip.n_tries + 1
    error = ("error", one.error[:300])
    is_last = one.became is Became.REFUSED or n_tries >= MAX_TRIES
    may_be_out = one.became is Became.AGAIN or one.of.slip.unclear_at is not None
    if one.became is Became.UNCLEAR or (is_last and may_be_out):
        is_asked = channel.provider_class is ProviderClass.ASKED
        ask_after = at + channel.settle if is_asked else None
        return (("state", State.UNKNOWN), error, ("ask_after", ask_after))
    if is_last:
        return (("state", State.FAILED), error)
    unclear_at = at if one.became is Became.AGAIN else one.of.slip.unclear_at
    return (
        ("state", State.QUEUED), ("due_at", at + wait_before_try(n_tries)), ("claimed_at", None),
        ("handed_at", None), ("unclear_at", unclear_at), error,
    )  # fmt: skip


_MARK_SENT = """
UPDATE campaigns_message message
SET state = 'sent', sent_at = %(at)s, error = '', ask_after = NULL,
    provider_ref = told.ref, n_parts = told.n_parts, cost_minor = told.cost_minor
FROM unnest(%(ids)s::bigint[], %(refs)s::text[], %(parts)s::smallint[], %(costs)s::int[])
    AS told (id, ref, n_parts, cost_minor)
WHERE message.clinic_id = %(clinic)s AND message.id = told.id
    AND message.state IN ('sending', 'unknown') AND message.claimed_at = %(claimed_at)s
RETURNING message.id, message.customer_id, message.campaign_id, message.channel,
    (SELECT name FROM campaigns_campaign campaign
     WHERE campaign.clinic_id = %(clinic)s AND campaign.id = message.campaign_id)
"""


@transaction.atomic(savepoint=False)
def mark_sent(outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """The provider took them. Also where the sweeper had given the answer up as unknown."""
    if not outcomes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK_SENT,
            {
                "at": at,
                "ids": [one.of.pk for one in outcomes],
                "refs": [one.taken.provider_ref for one in outcomes],
                "parts": [min(one.taken.n_parts, 30_000) for one in outcomes],
                "costs": [_cost_minor(one) for one in outcomes],
                "clinic": current_clinic_id(),
                "claimed_at": outcomes[0].of.claimed_at,
            },
        )
        tell_sent(cursor.fetchall(), at=at)


def tell_sent(rows: Sequence[tuple], *, at: datetime) -> None:
    """The timeline. rows: id, customer, campaign, channel, name of the campaign."""
    record_events(
        [
            Event(
                kind="message.sent",
                customer_id=customer_id,
                occurred_at=at,
                source_key=f"message:{pk}",
                payload={"campaign_id": campaign_id, "campaign": name, "channel": channel},
            )
            for pk, customer_id, campaign_id, channel, name in rows
        ],
        at=at,
    )


def _cost_minor(one: Outcome) -> int:
    return one.of.cost_minor * max(one.taken.n_parts, 1)


def wait_before_try(n_tries: int) -> timedelta:
    """1, 2, 4 … minutes, at most half an hour; the first by the settings."""
    return min(
        settings.SENDING_RETRY_SECONDS * timedelta(seconds=2 ** min(n_tries - 1, 10)), LONGEST_WAIT
    )
