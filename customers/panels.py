"""Where apps above put their part into a customer's profile: registered in `AppConfig.ready()`.

    register_part(ProfilePart("loyalty", loyalty_of, {
        "badge": "loyalty/_tier_badge.html",   # beside the name: a c-badge or nothing
        "who": "loyalty/_card_facts.html",     # below the contacts, left
        "now": "loyalty/_points_card.html",    # a c-card on the right
    }))

One part may fill several slots, so its facts are read once. Its template finds what `context` gave
as `part`, the profile as `profile`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from customers.queries.profile import Profile

SLOTS = ("badge", "who", "now")


@dataclass(frozen=True)
class ProfilePart:
    """context: profile → what the templates show, or None for nothing; at most two queries.

    templates: slot → template. order: smaller stands first. capability: only for those who have it.
    """

    key: str
    context: Callable[[Profile], Mapping[str, Any] | None]
    templates: Mapping[str, str]
    order: int = 50
    capability: str = "customers.view"


@dataclass(frozen=True)
class Filled:
    """A part's template with its facts, ready to be included."""

    template: str
    part: Mapping[str, Any]


_parts: dict[str, ProfilePart] = {}


def register_part(part: ProfilePart) -> None:
    """Add a part to the profile. Raises ValueError for a slot that is none."""
    if unknown := part.templates.keys() - set(SLOTS):
        raise ValueError(f"The profile has no slot {sorted(unknown)}; there are {SLOTS}.")
    _parts[part.key] = part


def parts_of(profile: Profile, capabilities: frozenset[str]) -> dict[str, list[Filled]]:
    """{slot: filled templates in order}; every slot is there, perhaps empty."""
    slots: dict[str, list[Filled]] = {slot: [] for slot in SLOTS}
    for part in sorted(_parts.values(), key=lambda part: (part.order, part.key)):
        facts = part.context(profile) if part.capability in capabilities else None
        if facts is None:
            continue
        for slot, template in part.templates.items():
            slots[slot].append(Filled(template, facts))
    return slots
