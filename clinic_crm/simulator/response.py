"""What a campaign would bring about: who returns, when, and what they buy."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from clinic_crm.simulator.appointments import opening_minutes
from clinic_crm.simulator.config import Offer
from clinic_crm.simulator.hazard import (
    Hidden,
    State,
    offered_probability,
    state_at,
    untreated_probability,
)
from clinic_crm.simulator.history import Visits
from clinic_crm.simulator.people import MAIN, spec_column
from clinic_crm.simulator.randomness import stream
from clinic_crm.simulator.seasons import FORECAST_DAYS
from clinic_crm.simulator.tables import SaleLines, Sales
from clinic_crm.simulator.till import ring_up
from clinic_crm.simulator.world import World

CHUNK = 20_000  # persons whose daily curves are held at once


@dataclass(frozen=True, eq=False)
class Response:
    """One row a customer who returned, in order of time; `sales` has the same rows.

    superseded_sales: rows of world.sales of the customers asked about that fall into the window
    (only when `on` lies before the last day): leave them out when these sales are taken in.
    """

    customer: np.ndarray
    returned_on: np.ndarray
    sales: Sales
    sale_lines: SaleLines
    superseded_sales: np.ndarray


def return_probability(
    world: World, *, customer_rows: np.ndarray, offer: str | None, on: date, days: int = 30
) -> np.ndarray:
    """True P(a purchase in (on, on + days]) of each of these customers; offer None = untreated.

    Raises ValueError for an unknown offer, a customer row or a window outside the world.
    """
    rows, day = _checked(world, customer_rows, on, days)
    hidden = world.truth.hidden
    state = state_at(hidden, world.truth.person[rows], day)
    return offered_probability(hidden, state, _offer(world, offer), np.array([days]))[:, 0]


def respond(
    world: World,
    *,
    customer_rows: np.ndarray,
    offer: str | None,
    on: date,
    days: int = 30,
    seed: int | None = None,
) -> Response:
    """Who of these customers purchases in (on, on + days] under the offer (None = holdout).

    One uniform number u a person settles everything: the return falls on the first day t with
    P_offer(return within t) ≥ u. So the same seed gives the potential outcomes of the same
    people under every offer, and the longer window contains the shorter one.
    seed None: u is what the world itself has in store, so that offer None repeats the history
    that follows `on` (or is due). A number draws another future from the same state.
    A person present twice answers once, with the first of the rows given.
    Raises ValueError as `return_probability` does.
    """
    rows, day = _checked(world, customer_rows, on, days)
    hidden, chosen = world.truth.hidden, _offer(world, offer)
    _, first = np.unique(world.truth.person[rows], return_index=True)
    asked = rows[np.sort(first)]
    state = state_at(hidden, world.truth.person[asked], day)
    after = _days_until_return(hidden, state, chosen, days, _fates(world, state, seed))
    returns = np.flatnonzero(after <= days)
    returns = returns[np.argsort(after[returns], kind="stable")]
    sales, lines = _purchases(
        world, state, asked, returns, after, chosen, stream(_seed(world, seed), "basket", day)
    )
    return Response(
        customer=sales.customer,
        returned_on=sales.occurred_at.astype("datetime64[D]"),
        sales=sales,
        sale_lines=lines,
        superseded_sales=_superseded(world, state.person, on, days),
    )


def _days_until_return(hidden: Hidden, state: State, offer, days: int, fate) -> np.ndarray:
    """1 … days, or days + 1 for those who do not return in the window."""
    n_days = np.arange(1, days + 1)
    after = np.empty(len(fate), dtype=np.int64)
    for start in range(0, len(fate), CHUNK):
        part = slice(start, start + CHUNK)
        curve = offered_probability(hidden, state.part(part), offer, n_days)
        after[part] = 1 + (curve < fate[part, None]).sum(axis=1)
    return after


def _fates(world: World, state: State, seed: int | None) -> np.ndarray:
    """One uniform a person: P(return by the moment the next visit really falls)."""
    name = ("fate", state.day)
    drawn = stream(_seed(world, seed), *name).random(len(world.truth.hidden.persons))[state.person]
    drawn = 1.0 - drawn  # in (0, 1], so that probability 0 never returns
    if seed is not None:
        return drawn
    due = state.due_op.min(axis=1)
    settled = np.isfinite(due)
    op = np.where(settled, due, 0.0)
    return np.where(settled, untreated_probability(world.truth.hidden, state, op), drawn)


def _purchases(world: World, state: State, asked, returns, after, offer: Offer | None, rng):
    """Sales of those who return; discounts and gifts of the offer stand in them."""
    hidden, config = world.truth.hidden, world.config
    person, count = state.person[returns], len(returns)
    treatment = _treatments_bought(world, state, returns)
    visits = Visits(
        person=person,
        day=state.day + after[returns],
        slot=state.next_slot[returns],
        treatment=treatment,
        branch=hidden.persons.branch[person],
        consultant=hidden.persons.consultant[person],
        waiting_minutes=np.floor(20 * rng.random(count)).astype(np.int64),
        is_bad=np.zeros(count, dtype=bool),
        discount_rate=np.full(count, offer.discount_rate if offer else 0.0),
    )
    starts_at = hidden.clock.date_of(visits.day).astype("datetime64[m]")
    starts_at = starts_at + opening_minutes(rng.random(count))
    none = np.full(count, -1)
    sales, lines, _ = ring_up(config, visits, asked[returns], none, starts_at, rng)
    day_text = str(hidden.clock.date_of(state.day)).replace("-", "")
    ids = np.char.add(f"X{day_text}-", world.customers.external_id[sales.customer])
    return replace(sales, external_id=ids), _with_gifts(lines, count, offer, config)


def _treatments_bought(world: World, state: State, returns: np.ndarray) -> np.ndarray:
    """What is due next; those whose treatment does not recur come for the most common one."""
    persons, config = world.truth.hidden.persons, world.config
    who = state.person[returns]
    main, second = persons.main_treatment[who], persons.second_treatment[who]
    bought = np.where(state.next_slot[returns] == MAIN, main, second)
    recurs = spec_column(config, "interval_days")[bought] > 0
    first_time = _never_came(world, who, state.day)
    return np.where(recurs | first_time, bought, second)


def _never_came(world: World, person: np.ndarray, day: int) -> np.ndarray:
    """Whether these persons had no visit up to that day."""
    gaps = world.truth.hidden.gaps
    n_drawn = np.bincount(
        gaps.person[gaps.drawn_day <= day], minlength=int(person.max(initial=0)) + 1
    )
    return n_drawn[person] <= 1


def _with_gifts(lines: SaleLines, n_sales: int, offer: Offer | None, config) -> SaleLines:
    """A gift is a line of retail at no price that costs the clinic something."""
    retail = config.category_rows("retail")
    if offer is None or not offer.gift_cost_minor or not retail:
        return lines
    gift = SaleLines(
        sale=np.arange(n_sales),
        treatment=np.full(n_sales, retail[0]),
        quantity=np.ones(n_sales, dtype=np.int64),
        net_minor=np.zeros(n_sales, dtype=np.int64),
        cost_minor=np.full(n_sales, offer.gift_cost_minor),
    )
    both = SaleLines.stacked([lines, gift])
    return both.take(np.argsort(both.sale, kind="stable"))


def _superseded(world: World, person: np.ndarray, on: date, days: int) -> np.ndarray:
    sold_on = world.sales.occurred_at.astype("datetime64[D]")
    after = (sold_on - np.datetime64(on, "D")).astype(int)
    theirs = np.isin(world.truth.person[world.sales.customer], person)
    return np.flatnonzero(theirs & (after >= 1) & (after <= days))


def _checked(world: World, customer_rows, on: date, days: int) -> tuple[np.ndarray, int]:
    rows = np.asarray(customer_rows, dtype=np.int64)
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(world.customers)):
        raise ValueError(f"customer_rows must lie in 0 … {len(world.customers) - 1}.")
    day = int(world.truth.hidden.clock.day_of(on))
    if not 0 <= day <= world.truth.hidden.clock.until_day:
        raise ValueError(f"on must be a day of the history, which ends on {world.until}; got {on}.")
    if not 1 <= days <= FORECAST_DAYS:
        raise ValueError(f"days must lie in 1 … {FORECAST_DAYS}, got {days}.")
    return rows, day


def _offer(world: World, code: str | None) -> Offer | None:
    return None if code is None else world.config.offer(code)


def _seed(world: World, seed: int | None) -> int:
    return world.seed if seed is None else seed
