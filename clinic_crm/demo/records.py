"""A simulated world in the words of intake: what a booking system would have told us."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from clinic_crm.simulator.tables import SaleLines, Sales
from clinic_crm.simulator.world import World
from customers.services.intake import (
    AppointmentRecord,
    ConsentRecord,
    CustomerRecord,
    LineRecord,
    SaleRecord,
)
from customers.services.interactions import InteractionRecord


class WorldRecords:
    """Reads one world row by row. Times leave as aware instants of the clinic's zone."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.zone = ZoneInfo(world.config.timezone)
        self.ids = world.customers.external_id.tolist()

    def instant(self, minute: np.datetime64) -> datetime:
        return minute.astype(datetime).replace(tzinfo=self.zone).astimezone(UTC)

    def noon(self, day: np.datetime64) -> datetime:
        return self.instant(day.astype("datetime64[m]") + np.timedelta64(12 * 60, "m"))

    def customers(self) -> Iterator[CustomerRecord]:
        table = self.world.customers
        for row, external_id in enumerate(self.ids):
            referrer = int(table.referrer[row])
            yield CustomerRecord(
                external_id=external_id,
                name=str(table.name[row]),
                gender=str(table.gender[row]),
                birth_on=_day(table.birth_on[row]),
                occupation=str(table.occupation[row]),
                city=str(table.city[row]),
                district=str(table.district[row]),
                acquisition_source=str(table.source[row]),
                home_branch=self._branch(table.branch[row]),
                consultant=self._consultant(table.consultant[row]),
                referrer_external_id=self.ids[referrer] if referrer >= 0 else None,
                known_since_on=_day(table.created_on[row]),
                phones=tuple(filter(None, [str(table.phone[row])])),
                emails=tuple(filter(None, [str(table.email[row])])),
                tags=tuple(filter(None, str(table.tags[row]).split("|"))),
                consents=tuple(self._consents(row)),
            )

    def _consents(self, row: int) -> Iterator[ConsentRecord]:
        table = self.world.customers
        for channel, given, since in (
            ("email", table.email_consent, table.email_consent_on),
            ("sms", table.sms_consent, table.sms_consent_on),
        ):
            if given[row]:
                yield ConsentRecord(
                    purpose="marketing",
                    channel=channel,
                    is_given=True,
                    at=self.noon(since[row]),
                    text_version="2022-1",
                )

    def _branch(self, row: int) -> str:
        return str(self.world.branches.code[row])

    def _consultant(self, row: int) -> str:
        return str(self.world.consultants.name[row])

    def appointments(self, rows: Iterable[int]) -> Iterator[AppointmentRecord]:
        table = self.world.appointments
        for row in rows:
            waiting = int(table.waiting_minutes[row])
            yield AppointmentRecord(
                external_id=str(table.external_id[row]),
                customer_external_id=self.ids[table.customer[row]],
                starts_at=self.instant(table.starts_at[row]),
                status=str(table.status[row]),
                treatment=str(self.world.treatments.code[table.treatment[row]]),
                branch=self._branch(table.branch[row]),
                consultant=self._consultant(table.consultant[row]),
                waiting_minutes=waiting if waiting >= 0 else None,
            )

    def complaints(self) -> Iterator[InteractionRecord]:
        table = self.world.complaints
        for row in range(len(table)):
            yield InteractionRecord(
                external_id=f"complaint:{row}",
                customer_external_id=self.ids[table.customer[row]],
                kind="complaint",
                channel="desk",
                direction="in",
                occurred_at=self.noon(table.reported_on[row]),
                summary=str(table.reason[row]),
            )

    def sales(self, sales: Sales, lines: SaleLines, rows: Iterable[int]) -> Iterator[SaleRecord]:
        """Sales of the world or of a response, with their lines."""
        lines_of = _rows_by(lines.sale, len(sales.external_id))
        for row in rows:
            yield SaleRecord(
                external_id=str(sales.external_id[row]),
                customer_external_id=self.ids[sales.customer[row]],
                occurred_at=self.instant(sales.occurred_at[row]),
                gross_minor=int(sales.gross_minor[row]),
                discount_minor=int(sales.discount_minor[row]),
                net_minor=int(sales.net_minor[row]),
                branch=self._branch(sales.branch[row]),
                consultant=self._consultant(sales.consultant[row]),
                lines=tuple(self._line(lines, line) for line in lines_of[row]),
            )

    def _line(self, lines: SaleLines, row: int) -> LineRecord:
        treatments, treatment = self.world.treatments, lines.treatment[row]
        return LineRecord(
            net_minor=int(lines.net_minor[row]),
            item_code=str(treatments.code[treatment]),
            item_name=str(treatments.name[treatment]),
            quantity=Decimal(int(lines.quantity[row])),
            cost_minor=int(lines.cost_minor[row]),
        )

    def refunds(self, rows: Iterable[int]) -> Iterator[SaleRecord]:
        table, sales = self.world.refunds, self.world.sales
        for row in rows:
            sale, amount = table.sale[row], int(table.amount_minor[row])
            yield SaleRecord(
                external_id=str(table.external_id[row]),
                customer_external_id=self.ids[sales.customer[sale]],
                occurred_at=self.instant(table.occurred_at[row]),
                kind="refund",
                refund_of=str(sales.external_id[sale]),
                gross_minor=-amount,
                discount_minor=0,
                net_minor=-amount,
            )


def _day(day: np.datetime64) -> date | None:
    return None if np.isnat(day) else day.astype("datetime64[D]").astype(date)


def _rows_by(keys: np.ndarray, n: int) -> list[np.ndarray]:
    """Row numbers of each key 0…n−1."""
    order = np.argsort(keys, kind="stable")
    return np.split(order, np.searchsorted(keys[order], np.arange(1, n)))
