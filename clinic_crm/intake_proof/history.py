"""A booking system's history: objects change, every change is an event with the whole object."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

FIRST_AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CITIES = ("上海", "杭州", "苏州", "南京")
STATUSES = ("booked", "confirmed", "attended", "no_show", "cancelled")
Key = tuple[str, str]  # kind, external id


@dataclass(frozen=True, slots=True)
class Change:
    """One event as the booking system meant it. at: its own clock, increasing: the version."""

    event_id: str
    kind: str
    external_id: str
    at: datetime
    data: dict[str, Any]

    @property
    def key(self) -> Key:
        return self.kind, self.external_id

    @property
    def body(self) -> dict[str, Any]:
        told = {"external_id": self.external_id, "version": self.at.isoformat(), **self.data}
        return {"type": self.kind, "data": told}


@dataclass
class _World:
    dice: Random
    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(
        default_factory=lambda: {"customer": [], "appointment": [], "sale": []}
    )


def history(*, n_events: int, seed: int) -> list[Change]:
    """n_events changes in the order they happened; the same for the same seed."""
    world = _World(Random(seed))  # noqa: S311 a proof must be repeatable
    changes = []
    for number in range(n_events):
        key, data = _next(world)
        world.objects[key] = data
        at = FIRST_AT + timedelta(seconds=number, microseconds=number % 7)
        changes.append(Change(f"evt-{number}", *key, at, dict(data)))
    return changes


def final_state(changes: list[Change]) -> dict[Key, dict[str, Any]]:
    """How the booking system stands at the end."""
    return {change.key: change.data for change in changes}


def _next(world: _World) -> tuple[Key, dict[str, Any]]:
    dice, customers = world.dice, world.ids["customer"]
    kind = (
        dice.choices(["customer", "appointment", "sale"], [2, 5, 3])[0] if customers else "customer"
    )
    is_new = not world.ids[kind] or dice.random() < 0.35
    external_id = f"{kind[0]}{len(world.ids[kind])}" if is_new else dice.choice(world.ids[kind])
    if is_new:
        world.ids[kind].append(external_id)
    key = kind, external_id
    make = {"customer": _customer, "appointment": _appointment, "sale": _sale}[kind]
    return key, make(world, world.objects.get(key))


def _customer(world: _World, before: dict[str, Any] | None) -> dict[str, Any]:
    names = before or {"name": f"客{len(world.ids['customer'])}"}
    return {
        "name": f"{names['name'][:8]}{world.dice.randrange(10)}",
        "city": world.dice.choice(CITIES),
    }


def _appointment(world: _World, before: dict[str, Any] | None) -> dict[str, Any]:
    owner = before["customer_external_id"] if before else world.dice.choice(world.ids["customer"])
    starts_at = FIRST_AT - timedelta(days=world.dice.randrange(1, 300), minutes=15)
    status = world.dice.choice(STATUSES) if before else "booked"
    return {
        "customer_external_id": owner,
        "starts_at": starts_at.isoformat(),
        "status": status,
        "waiting_minutes": world.dice.randrange(60),
    }


def _sale(world: _World, before: dict[str, Any] | None) -> dict[str, Any]:
    owner = before["customer_external_id"] if before else world.dice.choice(world.ids["customer"])
    occurred_at = FIRST_AT - timedelta(days=world.dice.randrange(1, 300))
    return {
        "customer_external_id": owner,
        "occurred_at": before["occurred_at"] if before else occurred_at.isoformat(),
        "net_minor": 100 * world.dice.randrange(1, 5000),
    }
