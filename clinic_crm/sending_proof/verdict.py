"""Our books against the provider's, message by message."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import Enrolment, Message
from clinic_crm.sending_proof.world import World
from customers.models import CustomerEvent
from tenancy.scope import clinic_scope


@dataclass(frozen=True)
class Verdict:
    """n_lost: said to be sent, or to nobody's knowledge not, and the provider never had it.
    n_doubled: taken more than once. n_hidden: taken, and shown neither as sent nor as unknown.
    faults: sentences about what does not add up."""

    provider_class: str
    n_intents: int
    n_by_state: Mapping[str, int]
    n_lost: int
    n_doubled: int
    n_hidden: int
    faults: tuple[str, ...]

    @property
    def n_unknown(self) -> int:
        return self.n_by_state.get("unknown", 0)


def verdict_on(world: World, taken: Mapping[str, int]) -> Verdict:
    """taken: {reference: how often the provider took it}."""
    with clinic_scope(world.clinic.pk):
        rows = list(
            Message.objects.filter(campaign=world.campaign_id).values_list("reference", "state")
        )
        n_untold = _n_untold(world)
        n_enrolled = Enrolment.objects.filter(campaign=world.campaign_id).count()
        n_told = CustomerEvent.objects.filter(kind="message.sent").count()
    states = Counter(state for _reference, state in rows)
    lost = doubled = hidden = 0
    for reference, state in rows:
        n_taken = taken.get(reference.hex, 0)
        lost += n_taken == 0 and state == "sent"
        doubled += n_taken > 1
        hidden += n_taken > 0 and state not in ("sent", "unknown")
    if world.provider_class != "blind":  # nothing may stay open where the answer can be had
        lost += states["queued"] + states["sending"]
    faults = _faults(world, len(rows), n_enrolled, n_told, states)
    if n_untold:
        faults.append(f"{n_untold} unknown, though the provider could tell")
    return Verdict(
        world.provider_class, len(rows), dict(states), lost, doubled, hidden, tuple(faults)
    )


def _n_untold(world: World) -> int:
    """Unknown without need. A provider that is asked can always tell. One with keys can, but for a
    «no» to the repetition of an unclear call: it may speak of the repetition alone, so a person
    looks.
    """
    unknown = Message.objects.filter(campaign=world.campaign_id, state="unknown")
    if world.provider_class == "keyed":
        unknown = unknown.filter(Q(unclear_at__isnull=True) | Q(error__startswith="no answer"))
    return 0 if world.provider_class == "blind" else unknown.count()


def _faults(
    world: World, n_messages: int, n_enrolled: int, n_told: int, states: Counter[str]
) -> list[str]:
    found = []
    if n_messages != world.n_recipients or n_enrolled != world.n_recipients:
        found.append(
            f"{world.n_recipients} recipients, {n_enrolled} enrolled, {n_messages} messages"
        )
    if sum(states.values()) != n_messages:
        found.append("the states do not add up to the intents")
    if n_told != states["sent"]:
        found.append(f"{states['sent']} sent, {n_told} on the timeline")
    if left := states["queued"] + states["sending"]:
        found.append(f"{left} neither sent nor shown when time was over")
    return found
