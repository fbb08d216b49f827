"""A generated clinic: what it can see in its books, and the truth behind them."""

import csv
import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.hazard import Hidden
from clinic_crm.simulator.tables import (
    Appointments,
    Branches,
    Complaints,
    Consultants,
    Customers,
    Refunds,
    SaleLines,
    Sales,
    Surveys,
    Table,
    Treatments,
)


@dataclass(frozen=True, eq=False)
class CustomerTruth(Table):
    """One row a customer record, in the order of `World.customers`; both records of a person
    who is present twice say the same, except external_id. Probabilities are as of the last day.
    """

    external_id: np.ndarray
    person_id: np.ndarray
    main_treatment: np.ndarray  # code
    main_interval_days: np.ndarray  # personal; 0 = does not recur
    second_treatment: np.ndarray  # code, "" when not taken up
    second_interval_days: np.ndarray
    price_sensitivity: np.ndarray
    forgetfulness: np.ndarray
    gift_liking: np.ndarray
    is_contact_averse: np.ndarray
    hazard_bad_visit: np.ndarray  # of leaving after the next visit, by cause
    hazard_price: np.ndarray
    hazard_moved_away: np.ndarray
    hazard_drifted: np.ndarray
    left_on: np.ndarray  # NaT for those who stay
    leave_cause: np.ndarray  # "" for those who stay


@dataclass(frozen=True, eq=False)
class Truth:
    """customers: see CustomerTruth. p_return_30d: offer code ("" = untreated) → one a customer.

    person: row of hidden.persons of each customer. is_bad_visit: one value a sale.
    """

    customers: CustomerTruth
    p_return_30d: dict[str, np.ndarray]
    person: np.ndarray
    is_bad_visit: np.ndarray
    hidden: Hidden = field(repr=False)

    def export(self, path: str | Path) -> None:
        """CSV with a heading, one row a customer: the truth, then p_return_30d_<offer>."""
        columns = dict(self.customers.columns())
        for offer, values in self.p_return_30d.items():
            columns[f"p_return_30d_{offer or 'untreated'}"] = values
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*(_as_text(column) for column in columns.values()), strict=True))


@dataclass(frozen=True, eq=False)
class World:
    config: ClinicConfig
    seed: int
    until: date
    branches: Branches
    consultants: Consultants
    treatments: Treatments
    customers: Customers
    appointments: Appointments
    sales: Sales
    sale_lines: SaleLines
    refunds: Refunds
    complaints: Complaints
    surveys: Surveys
    truth: Truth = field(repr=False)

    def tables(self) -> dict[str, Table]:
        """Everything the clinic can see, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    def digest(self) -> str:
        """SHA-256 over all tables and the truth: equal digests mean equal bytes."""
        total = hashlib.sha256()
        for name, table in self.tables().items():
            total.update(f"{name}:{table.digest()}".encode())
        for table in (self.truth.customers, self.truth.hidden.persons, self.truth.hidden.gaps):
            total.update(table.digest().encode())
        for offer, values in self.truth.p_return_30d.items():
            total.update(offer.encode() + values.tobytes())
        return total.hexdigest()


def _as_text(column: np.ndarray) -> list[str]:
    if column.dtype.kind == "f":
        return [f"{value:.6f}" for value in column.tolist()]
    if column.dtype.kind == "M":
        return ["" if text == "NaT" else text for text in column.astype(str).tolist()]
    return column.astype(str).tolist()
