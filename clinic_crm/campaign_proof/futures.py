"""What people of a generated clinic would do with and without an offer, drawn a few times over.

The pool of an audience is all its people in all drawn futures; a campaign is a sample of it, and
the truth is the pool's own mean, so that it is known exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from clinic_crm.simulator import LONDON, generate, respond
from clinic_crm.simulator.world import World

UNTIL = date(2026, 6, 30)
DAYS = 30
N_CUSTOMERS = 12_000
N_FUTURES = 6
OFFERS = ("discount_10", "gift", "reminder")


@dataclass(frozen=True)
class Outcomes:
    """One value a person and future: did they return, what did they spend, what was earned."""

    returned: np.ndarray
    net_minor: np.ndarray
    profit_minor: np.ndarray

    def of(self, rows: np.ndarray) -> "Outcomes":
        return Outcomes(self.returned[rows], self.net_minor[rows], self.profit_minor[rows])


@dataclass(frozen=True)
class Pool:
    """One audience under one offer: the same people and futures with it and without."""

    audience: str
    offer: str
    treated: Outcomes
    untreated: Outcomes

    @property
    def size(self) -> int:
        return len(self.treated.returned)


def pools(seed: int) -> list[Pool]:
    world = generate(LONDON.scaled(N_CUSTOMERS), seed=seed, until=UNTIL + timedelta(days=DAYS))
    _persons, rows = np.unique(world.truth.person, return_index=True)  # nobody twice
    offers = [code for code in OFFERS if code in {offer.code for offer in world.config.offers}]
    untreated = _futures(world, rows, None, seed)
    found = []
    for offer in offers or [world.config.offers[0].code]:
        treated = _futures(world, rows, offer, seed)
        for audience, chosen in _audiences(world, rows):
            place = np.concatenate([chosen + k * len(rows) for k in range(N_FUTURES)])
            found.append(Pool(audience, offer, treated.of(place), untreated.of(place)))
    return found


def _futures(world: World, rows: np.ndarray, offer: str | None, seed: int) -> Outcomes:
    drawn = [_one_future(world, rows, offer, seed * 100 + k) for k in range(N_FUTURES)]
    return Outcomes(
        *(np.concatenate([getattr(one, name) for one in drawn]) for name in vars(drawn[0]))
    )


def _one_future(world: World, rows: np.ndarray, offer: str | None, seed: int) -> Outcomes:
    answer = respond(world, customer_rows=rows, offer=offer, on=UNTIL, days=DAYS, seed=seed)
    place = np.full(len(world.customers), -1)
    place[rows] = np.arange(len(rows))
    returned, net, cost = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    who = place[answer.customer]
    returned[who] = 1
    np.add.at(net, who, answer.sales.net_minor)
    np.add.at(cost, who[answer.sale_lines.sale], answer.sale_lines.cost_minor)
    return Outcomes(returned, net, net - cost)


def _audiences(world: World, rows: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Everybody; those away for half a year to a year; those away longer."""
    last = np.full(len(world.customers), np.datetime64("1970-01-01", "D"))
    day = world.sales.occurred_at.astype("datetime64[D]")
    before = day <= np.datetime64(UNTIL)
    np.maximum.at(last, world.sales.customer[before], day[before])
    away = (np.datetime64(UNTIL) - last[rows]).astype(int)
    yield "everybody", np.arange(len(rows))
    yield "away for 90 to 365 days", np.flatnonzero((away > 90) & (away <= 365))
    yield "away for a year and more", np.flatnonzero(away > 365)
