"""The till: what a visit costs, what is sold beside it, and what is given back."""

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.history import Visits
from clinic_crm.simulator.people import spec_column
from clinic_crm.simulator.randomness import stream
from clinic_crm.simulator.seasons import Clock
from clinic_crm.simulator.tables import Refunds, SaleLines, Sales

RETAIL_RATE = 0.16
PRICE_RISE_PER_YEAR = 0.03
PRICE_SPREAD = 0.14  # log-sd: more or fewer units, a senior doctor
GOOD_VISIT_REFUND_RATE = 0.003


def ring_up(
    config: ClinicConfig,
    visits: Visits,
    customer: np.ndarray,
    appointment: np.ndarray,
    starts_at: np.ndarray,
    rng: np.random.Generator,
) -> tuple[Sales, SaleLines, np.ndarray]:
    """One sale a visit, in order of time, and for each sale the row of its visit.

    customer, appointment, starts_at: one value a visit.
    """
    count = len(visits)
    stay = visits.waiting_minutes + 30 + np.floor(50 * rng.random(count)).astype(np.int64)
    occurred_at = starts_at + np.minimum(stay, 200).astype("timedelta64[m]")
    order = np.argsort(occurred_at, kind="stable")
    visits, occurred_at = visits.take(order), occurred_at[order]
    lines, gross = _lines(config, visits, rng)
    net = np.bincount(lines.sale, weights=lines.net_minor, minlength=count).astype(np.int64)
    sales = Sales(
        external_id=np.char.mod("S%07d", np.arange(1, count + 1)),
        customer=customer[order],
        branch=visits.branch,
        consultant=visits.consultant,
        appointment=appointment[order],
        occurred_at=occurred_at,
        gross_minor=gross,
        discount_minor=gross - net,
        net_minor=net,
    )
    return sales, lines, order


def _lines(config: ClinicConfig, visits: Visits, rng) -> tuple[SaleLines, np.ndarray]:
    count = len(visits)
    factor = np.exp(PRICE_SPREAD * rng.standard_normal(count)) * (
        1 + PRICE_RISE_PER_YEAR * visits.day / 365.25
    )
    draws = rng.random((3, count))
    retail = np.array(config.category_rows("retail"), dtype=np.int64)
    buys = np.flatnonzero(draws[0] < (RETAIL_RATE if len(retail) else 0.0))
    product = retail[(draws[1][buys] * len(retail)).astype(int)]
    quantity = 1 + (draws[2][buys] < 0.15).astype(np.int64)
    price, cost = spec_column(config, "price_minor"), spec_column(config, "cost_minor")
    step = config.price_step_minor
    treatment_price = np.maximum(np.rint(price[visits.treatment] * factor / step), 1) * step
    gross = np.concatenate([treatment_price.astype(np.int64), price[product] * quantity])
    sale = np.concatenate([np.arange(count), buys])
    discount = np.floor(gross * visits.discount_rate[sale] / 100).astype(np.int64) * 100
    total_cost = np.concatenate(
        [np.rint(cost[visits.treatment] * factor).astype(np.int64), cost[product] * quantity]
    )
    order = np.argsort(sale, kind="stable")
    lines = SaleLines(
        sale=sale[order],
        treatment=np.concatenate([visits.treatment, product])[order],
        quantity=np.concatenate([np.ones(count, dtype=np.int64), quantity])[order],
        net_minor=(gross - discount)[order],
        cost_minor=total_cost[order],
    )
    return lines, np.bincount(sale, weights=gross, minlength=count).astype(np.int64)


def give_back(
    config: ClinicConfig, clock: Clock, sales: Sales, is_bad: np.ndarray, seed: int
) -> Refunds:
    """Refunds within three weeks, mostly of bad visits. is_bad: one value a sale."""
    rng = stream(seed, "refunds")
    draws = rng.random((4, len(sales)))
    rate = np.where(is_bad, config.refund_rate, GOOD_VISIT_REFUND_RATE)
    later = (1 + np.floor(20 * draws[1])).astype("timedelta64[D]")
    minute = (600 + np.floor(540 * draws[2])).astype("timedelta64[m]")
    at = (sales.occurred_at.astype("datetime64[D]") + later).astype("datetime64[m]") + minute
    known = at < clock.date_of(clock.until_day + 1).astype("datetime64[m]")
    rows = np.flatnonzero((draws[0] < rate) & known)
    rows = rows[np.argsort(at[rows], kind="stable")]
    is_whole = draws[3][rows] < 0.45
    part = np.floor(sales.net_minor[rows] * (0.2 + 0.5 * (draws[3][rows] - 0.45)) / 100) * 100
    amount = np.where(is_whole, sales.net_minor[rows], np.maximum(part, 100).astype(np.int64))
    return Refunds(
        external_id=np.char.mod("R%06d", np.arange(1, len(rows) + 1)),
        sale=rows,
        occurred_at=at[rows],
        amount_minor=amount,
        is_whole=is_whole,
    )
