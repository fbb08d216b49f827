"""Generated clinics as scoring reads them: one customer a person, every fact with its day."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np

from clinic_crm.simulator import LONDON, generate
from clinic_crm.simulator.hazard import state_at, untreated_probability
from clinic_crm.simulator.world import World
from segmentation.scoring.churn import ChurnRules
from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.outlook import YEAR_DAYS
from segmentation.scoring.purchases import PurchaseDays, day_number
from segmentation.scoring.score import ScoreRules, Scores, score
from segmentation.scoring.signals import (
    COMPLAINT,
    DISCOUNT,
    MISSED,
    NEW_CONSULTANT,
    SURVEY,
    TREATMENT,
    Signals,
)
from segmentation.services.line_facts import CostRows, LineRows
from segmentation.services.sale_facts import SaleRows

UNTIL = date(2026, 6, 30)
HORIZON_DAYS = 90


@dataclass(frozen=True)
class KnownClinic:
    """sales, lines, signals: of all days; `scores` shows scoring those up to a day."""

    world: World
    n_people: int
    sales: SaleRows
    lines: LineRows
    signals: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]

    def scores(self, on: int) -> Scores:
        """As of a day (since 1970-01-01), knowing nothing later."""
        sales, lines = _until(self.sales, on), _until(self.lines, on)
        rows = {kind: _early(rows, on) for kind, rows in self.signals.items()}
        rows[DISCOUNT] = sales.discounts(sales.customer_id)
        rows[NEW_CONSULTANT] = sales.new_consultants(sales.customer_id)
        rows[TREATMENT] = lines.wearing_off(lines.customer_id)
        costs = _costs(self.world, self.world.truth.person, on)
        return score(
            sales.purchases(sales.customer_id),
            n_customers=self.n_people,
            as_of=on,
            rules=replace(ScoreRules(), churn=ChurnRules(horizon_days=HORIZON_DAYS)),
            treatments=lines.treatment_days(lines.customer_id),
            goods=costs.goods(costs.customer_id, n_customers=self.n_people),
            signals=Signals.of(rows, n_customers=self.n_people),
        )

    def purchases(self) -> PurchaseDays:
        return self.sales.purchases(self.sales.customer_id)

    def treatment_days(self) -> TreatmentDays:
        return self.lines.treatment_days(self.lines.customer_id)

    def true_return(self, person: np.ndarray, on: int) -> np.ndarray:
        """P(a visit within the horizon), from the hidden state: the best anybody could say."""
        hidden = self.world.truth.hidden
        day = int(hidden.clock.day_of(np.datetime64(on, "D")))
        state = state_at(hidden, person, day)
        op = float(hidden.clock.op_after(np.array(day + HORIZON_DAYS)))
        found = untreated_probability(hidden, state, op)
        return np.where(state.has_left, 0.0, found)


def known_clinic(n_customers: int, seed: int) -> KnownClinic:
    world = generate(LONDON.scaled(n_customers), seed=seed, until=UNTIL)
    person = world.truth.person
    sales, lines = _sales(world, person), _lines(world, person)
    missed = world.appointments.status == "no_show"
    ones = np.ones(max(len(missed), len(world.complaints)))
    signals = {
        SURVEY: (
            person[world.surveys.customer], _days(world.surveys.answered_on),
            world.surveys.csat.astype(float),
        ),
        COMPLAINT: (
            person[world.complaints.customer], _days(world.complaints.reported_on),
            ones[: len(world.complaints)],
        ),
        MISSED: (
            person[world.appointments.customer[missed]],
            _days(world.appointments.starts_at[missed]), ones[: int(missed.sum())],
        ),
    }  # fmt: skip
    return KnownClinic(world, len(world.truth.hidden.persons), sales, lines, signals)


def _sales(world: World, person: np.ndarray) -> SaleRows:
    table = world.sales
    return SaleRows(
        customer_id=person[table.customer],
        day=_days(table.occurred_at),
        net_minor=table.net_minor,
        discount_minor=table.discount_minor,
        consultant_id=table.consultant,
        instant=table.occurred_at.astype("datetime64[s]").astype(np.int64),
        is_sale=np.ones(len(table), bool),
    )


def _lines(world: World, person: np.ndarray) -> LineRows:
    table, catalogue = world.sale_lines, world.treatments
    interval = catalogue.interval_days[table.treatment]
    return LineRows(
        customer_id=person[world.sales.customer[table.sale]],
        day=_days(world.sales.occurred_at[table.sale]),
        treatment_id=table.treatment,
        is_sale=np.ones(len(table), bool),
        interval_days=interval,
        course_length=np.maximum(catalogue.course_length[table.treatment], 1),
    )


def _costs(world: World, person: np.ndarray, on: int) -> CostRows:
    """Of the lines of the 365 days up to this one."""
    table = world.sale_lines
    day = _days(world.sales.occurred_at[table.sale])
    recent = np.flatnonzero((day <= on) & (day > on - YEAR_DAYS))
    customer = person[world.sales.customer[table.sale[recent]]]
    return CostRows(customer, table.net_minor[recent], table.cost_minor[recent])


def _days(instants: np.ndarray) -> np.ndarray:
    return instants.astype("datetime64[D]").astype(np.int64)


def _until(rows: Any, on: int) -> Any:
    early = rows.day <= on
    return type(rows)(**{field.name: getattr(rows, field.name)[early] for field in fields(rows)})


def _early(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray], on: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, day, value = rows
    early = day <= on
    return row[early], day[early], value[early]


def last_day() -> int:
    return day_number(UNTIL)
