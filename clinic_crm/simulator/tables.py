"""Tables as structures of arrays: one frozen dataclass a table, one numpy array a column.

Rows are referred to by their position (`customer`, `sale`, … are row numbers, −1 for none).
Days are datetime64[D], instants datetime64[m], both in the clinic's local time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np


@dataclass(frozen=True, eq=False)
class Table:
    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns().items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"{type(self).__name__}: columns differ in length: {lengths}.")
        for column in self.columns().values():
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.columns():
            raise KeyError(f"{type(self).__name__} has no column {name!r}.")
        return getattr(self, name)

    def columns(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def take(self, rows: np.ndarray) -> Self:
        """The same table with these rows (numbers or a mask), in their order."""
        return type(self)(**{name: column[rows] for name, column in self.columns().items()})

    @classmethod
    def stacked(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts (at least one), one part after the other."""
        names = parts[0].columns()
        return cls(**{name: np.concatenate([part[name] for part in parts]) for name in names})

    def digest(self) -> str:
        """SHA-256 over names, types and bytes of all columns."""
        total = hashlib.sha256()
        for name, column in self.columns().items():
            total.update(f"{name}:{column.dtype.str}:{column.shape}".encode())
            total.update(np.ascontiguousarray(column).tobytes())
        return total.hexdigest()


@dataclass(frozen=True, eq=False)
class Branches(Table):
    code: np.ndarray
    name: np.ndarray


@dataclass(frozen=True, eq=False)
class Consultants(Table):
    code: np.ndarray
    name: np.ndarray
    branch: np.ndarray  # row


@dataclass(frozen=True, eq=False)
class Treatments(Table):
    """The price list, retail products and the free consultation included (see `category`)."""

    code: np.ndarray
    name: np.ndarray
    category: np.ndarray
    interval_days: np.ndarray  # 0 = does not recur
    interval_low: np.ndarray
    interval_high: np.ndarray
    course_length: np.ndarray
    price_minor: np.ndarray
    cost_minor: np.ndarray
    min_clinical_interval_days: np.ndarray


@dataclass(frozen=True, eq=False)
class Customers(Table):
    """Records as the front desk typed them; a missing text is "", a missing day NaT."""

    external_id: np.ndarray
    name: np.ndarray
    family_name: np.ndarray
    given_name: np.ndarray
    gender: np.ndarray  # "female" or "male"
    birth_on: np.ndarray
    phone: np.ndarray
    email: np.ndarray
    city: np.ndarray
    district: np.ndarray
    occupation: np.ndarray
    source: np.ndarray
    branch: np.ndarray  # row
    consultant: np.ndarray  # row
    referrer: np.ndarray  # customer row or −1
    created_on: np.ndarray
    email_consent: np.ndarray  # bool
    email_consent_on: np.ndarray
    sms_consent: np.ndarray
    sms_consent_on: np.ndarray
    tags: np.ndarray  # joined by "|"


@dataclass(frozen=True, eq=False)
class Appointments(Table):
    external_id: np.ndarray
    customer: np.ndarray
    treatment: np.ndarray
    branch: np.ndarray
    consultant: np.ndarray
    booked_on: np.ndarray
    starts_at: np.ndarray
    status: np.ndarray  # "booked", "attended", "no_show", "cancelled"
    waiting_minutes: np.ndarray  # −1 unless attended


@dataclass(frozen=True, eq=False)
class Sales(Table):
    external_id: np.ndarray
    customer: np.ndarray
    branch: np.ndarray
    consultant: np.ndarray
    appointment: np.ndarray  # row, −1 for a walk-in
    occurred_at: np.ndarray
    gross_minor: np.ndarray
    discount_minor: np.ndarray
    net_minor: np.ndarray


@dataclass(frozen=True, eq=False)
class SaleLines(Table):
    sale: np.ndarray
    treatment: np.ndarray  # row of Treatments; products stand there too
    quantity: np.ndarray
    net_minor: np.ndarray  # of the whole line
    cost_minor: np.ndarray  # of the whole line


@dataclass(frozen=True, eq=False)
class Refunds(Table):
    external_id: np.ndarray
    sale: np.ndarray
    occurred_at: np.ndarray
    amount_minor: np.ndarray
    is_whole: np.ndarray


@dataclass(frozen=True, eq=False)
class Complaints(Table):
    customer: np.ndarray
    reported_on: np.ndarray
    reason: np.ndarray


@dataclass(frozen=True, eq=False)
class Surveys(Table):
    customer: np.ndarray
    answered_on: np.ndarray
    csat: np.ndarray  # 1–5
