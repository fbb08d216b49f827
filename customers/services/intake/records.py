"""What a booking system, a file or the simulator may tell us, and what became of it.

A field that is None was not said and stays as it is; an empty text or tuple was said and clears.
Names of branches, consultants and treatments are looked up; phones and e-mails are normalised here,
so a door may hand them over as they were written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from customers.services.intake.sale_lines import Lines

Door = Literal["api", "file"]
State = Literal["created", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """purpose, channel: values of Consent. at: when the person said it; None: with this batch."""

    purpose: str
    channel: str
    is_given: bool
    at: datetime | None = None
    text_version: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """external_id: the source's own id of the customer.

    name: required for a customer we do not know yet.
    home_branch: code or name of a branch. consultant: a member's display name or e-mail.
    phones, emails: the first one becomes the primary; others are added; () removes all.
    identities: further (source, external id) pairs, such as ("wechat", "wxid_7").
    tags: added; none is taken away.
    custom: key of one of the clinic's own fields → its value; None or "" clears it.
    """

    external_id: str
    name: str | None = None
    gender: str | None = None  # "female", "male", "other", ""
    birth_on: date | None = None
    died_on: date | None = None  # or the day on which the source heard of it
    occupation: str | None = None
    education: str | None = None
    city: str | None = None
    district: str | None = None
    address: str | None = None
    language: str | None = None
    zone: str | None = None  # a name such as "Asia/Tokyo"
    acquisition_source: str | None = None
    home_branch: str | None = None
    consultant: str | None = None
    referrer_external_id: str | None = None  # of the same source
    notes: str | None = None
    known_since_on: date | None = None
    phones: tuple[str, ...] | None = None
    emails: tuple[str, ...] | None = None
    identities: tuple[tuple[str, str], ...] | None = None
    tags: tuple[str, ...] | None = None
    consents: tuple[ConsentRecord, ...] | None = None
    custom: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """starts_at, ends_at: aware. treatment: code or name of the catalogue."""

    external_id: str
    customer_external_id: str | None = None
    customer_source: str | None = None  # None: the batch's own source
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    status: str | None = None  # a value of Appointment.Status
    treatment: str | None = None
    branch: str | None = None
    consultant: str | None = None
    waiting_minutes: int | None = None
    customer_phone: str | None = None  # finds the customer where no id is given


class LineRecord(NamedTuple):
    """One treatment or product; net_minor for the whole quantity, negative on a refund."""

    net_minor: int
    item_code: str = ""
    item_name: str = ""
    quantity: Decimal = Decimal(1)
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class LineColumns:
    """The lines of one sale column by column, as files bring them by the hundred thousand.

    Each column has one value a line; see LineRecord.
    """

    nets_minor: Sequence[int]
    item_codes: Sequence[str]
    item_names: Sequence[str]
    quantities: Sequence[Decimal]
    costs_minor: Sequence[int | None]

    @classmethod
    def of(cls, lines: Sequence[LineRecord]) -> "LineColumns":
        """The same lines turned round; at least one."""
        return cls(*zip(*lines, strict=True))

    def part(self, lines: slice) -> "LineColumns":
        return LineColumns(
            self.nets_minor[lines],
            self.item_codes[lines],
            self.item_names[lines],
            self.quantities[lines],
            self.costs_minor[lines],
        )

    def __len__(self) -> int:
        return len(self.nets_minor)


@dataclass(frozen=True, slots=True)
class SaleRecord:
    """A sale, or a refund: `kind` "refund", or `refund_of` given, or amounts below zero.

    gross_minor, discount_minor, net_minor: two of them (or the lines) give the rest; net = gross −
    discount; a refund's are all ≤ 0. lines: all lines of the sale, their net adds up to net_minor.
    refund_of: external id of the sale, of the same source.
    lines: as they were said, or as `lines_of` has cleaned them.
    """

    external_id: str
    customer_external_id: str | None = None
    customer_source: str | None = None  # None: the batch's own source
    customer_phone: str | None = None  # finds the customer where no id is given
    occurred_at: datetime | None = None  # aware
    gross_minor: int | None = None
    discount_minor: int | None = None
    net_minor: int | None = None
    currency: str | None = None  # None: the clinic's
    kind: str | None = None
    refund_of: str | None = None
    branch: str | None = None
    consultant: str | None = None
    lines: "tuple[LineRecord, ...] | LineColumns | Lines | None" = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of `records[index]`. id: of our customer, appointment or sale; None if refused.

    A refused record has field, code and message. So may an accepted one: then a part of it was left
    out, for the reason given.
    """

    index: int
    state: State
    id: int | None = None
    field: str = ""
    code: str = ""
    message: str = ""


@dataclass(slots=True)
class Newcomers:
    """How customers are made whom a batch of sales names and nobody knows, and what became of them.

    tags: what they get. outcomes: by the source's id of the customer.
    """

    tags: tuple[str, ...] = ()
    outcomes: dict[str, Outcome] = field(default_factory=dict)
