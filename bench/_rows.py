"""Writes a simulated world table by table, as a restore of a backup would: no service is asked."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import models
from django.utils import timezone

from clinic_crm.simulator.world import World
from customers.models import (
    Appointment,
    Consent,
    ContactPoint,
    Customer,
    CustomerEvent,
    CustomerTag,
    Identity,
    Sale,
    SaleLine,
    Tag,
    Treatment,
    Visit,
)
from customers.services.bulk_rows import insert_columns, new_ids
from loyalty.models import Account, LedgerEntry, PointLot, Tier
from loyalty.services.programme import Rung, Terms, create_programme
from tenancy.models import Branch

SOURCE = "booking"
UTC_OFFSET = "+08:00"  # of the simulated clinic's local times
RUNGS = (("Member", 0), ("Silver", 200_000), ("Gold", 800_000), ("Diamond", 2_000_000))


class WorldRows:
    """Writes everything a page of ours reads; `customers` are the ids in the world's order."""

    def __init__(self, world: World) -> None:
        self.world, self.now = world, timezone.now()

    def write(self) -> None:
        """Needs an open scope and transaction."""
        self._branches_and_catalogue()
        self._people()
        self._contacts()
        self._tags()
        self._sales()
        self._diary()
        self._points()

    def _branches_and_catalogue(self) -> None:
        shops, table = self.world.branches, self.world.treatments
        self.branches = np.array(
            [
                Branch.objects.create(code=code, name=name).pk
                for code, name in zip(shops.code.tolist(), shops.name.tolist(), strict=True)
            ]
        )
        rows = [
            Treatment(
                code=code,
                name=str(table.name[row]),
                interval_days=int(table.interval_days[row]) or None,
            )
            for row, code in enumerate(table.code.tolist())
        ]
        self.treatments = np.array([row.pk for row in Treatment.objects.bulk_create(rows)])

    def _people(self) -> None:
        table = self.world.customers
        ids = new_ids(Customer, len(table))
        self.customers = np.array(ids)
        _write(
            Customer,
            id=ids,
            name=table.name,
            gender=table.gender,
            birth_on=table.birth_on,
            occupation=table.occupation,
            city=table.city,
            district=table.district,
            acquisition_source=table.source,
            home_branch_id=self.branches[table.branch],
            known_since_on=table.created_on,
            last_visit_on=self._last_days(),
            **dict.fromkeys(("education", "address", "language", "notes"), ""),
            **dict.fromkeys(("created_at", "updated_at"), self.now),
        )
        _write(
            Identity,
            customer_id=ids,
            source=SOURCE,
            external_id=table.external_id,
            created_at=self.now,
        )

    def _visits(self) -> tuple[np.ndarray, np.ndarray]:
        """Customer rows and days of every visit: a sale or an attended appointment, once a day."""
        sales, diary = self.world.sales, self.world.appointments
        came = diary.status == "attended"
        customers = np.concatenate([sales.customer, diary.customer[came]])
        starts = np.concatenate([sales.occurred_at, diary.starts_at[came]])
        days = starts.astype("datetime64[D]").astype(np.int64)
        once = np.unique(np.stack([customers, days]), axis=1)
        return once[0], once[1].astype("datetime64[D]")

    def _last_days(self) -> np.ndarray:
        """The day of each customer's last visit; NaT for those who never came."""
        customers, days = self._visits()
        last = np.full(len(self.world.customers), np.datetime64("NaT", "D"))
        last[customers] = days  # in the order of days, so the last one stays
        return last

    def _contacts(self) -> None:
        ids = self.customers
        values = {
            "phone": [f"+86139{row:08d}" for row in range(len(ids))],
            "email": [f"c{row}@mail.example" for row in range(len(ids))],
        }
        for kind, texts in values.items():
            _write(
                ContactPoint,
                customer_id=ids,
                kind=kind,
                value=texts,
                is_primary=True,
                is_valid=True,
                created_at=self.now,
            )
        _write(
            Consent,
            customer_id=ids[self.world.customers.email_consent],
            purpose="marketing",
            channel="email",
            given_at=self.now,
            source=SOURCE,
            text_version="",
        )

    def _tags(self) -> None:
        links = [
            (customer, name)
            for customer, names in zip(
                self.customers.tolist(), self.world.customers.tags, strict=True
            )
            for name in str(names).split("|")
            if name
        ]
        tags = {name: Tag.objects.create(name=name).pk for name in {name for _, name in links}}
        _write(
            CustomerTag,
            customer_id=[customer for customer, _name in links],
            tag_id=[tags[name] for _customer, name in links],
            added_at=self.now,
        )

    def _sales(self) -> None:
        table, lines = self.world.sales, self.world.sale_lines
        self.sales, self.buyers = (
            np.array(new_ids(Sale, len(table))),
            self.customers[table.customer],
        )
        self.sold_on = table.occurred_at.astype("datetime64[D]")
        _write(
            Sale,
            id=self.sales,
            source=SOURCE,
            external_id=table.external_id,
            kind="sale",
            customer_id=self.buyers,
            branch_id=self.branches[table.branch],
            occurred_at=_instants(table.occurred_at),
            occurred_on=self.sold_on,
            counts_on=self.sold_on,
            gross_minor=table.gross_minor,
            discount_minor=table.discount_minor,
            net_minor=table.net_minor,
            currency="CNY",
            created_at=self.now,
            updated_at=self.now,
        )
        _write(
            SaleLine,
            sale_id=self.sales[lines.sale],
            line_no=np.arange(1, len(lines) + 1),
            treatment_id=self.treatments[lines.treatment],
            item_code="",
            item_name=self.world.treatments.name[lines.treatment],
            quantity=lines.quantity,
            net_minor=lines.net_minor,
        )
        _first, line = np.unique(lines.sale, return_index=True)
        self._events(
            "sale.recorded", "sale", self.sales, self.buyers, table.occurred_at,
            treatments=lines.treatment[line], amounts=table.net_minor,
        )  # fmt: skip

    def _diary(self) -> None:
        table = self.world.appointments
        ids, guests = np.array(new_ids(Appointment, len(table))), self.customers[table.customer]
        _write(
            Appointment,
            id=ids,
            source=SOURCE,
            external_id=table.external_id,
            customer_id=guests,
            treatment_id=self.treatments[table.treatment],
            branch_id=self.branches[table.branch],
            starts_at=_instants(table.starts_at),
            status=table.status,
            created_at=self.now,
            updated_at=self.now,
        )
        came = table.status == "attended"
        self._events(
            "appointment.attended", "appointment", ids[came], guests[came],
            table.starts_at[came], treatments=table.treatment[came],
        )  # fmt: skip
        visitors, days = self._visits()
        _write(Visit, customer_id=self.customers[visitors], visited_on=days)

    def _events(
        self,
        kind: str,
        subject: str,
        ids: np.ndarray,
        customers: np.ndarray,
        at: np.ndarray,
        *,
        treatments: np.ndarray,
        amounts: np.ndarray | None = None,
    ) -> None:
        payloads = [{"treatment": str(name)} for name in self.world.treatments.name]
        _write(
            CustomerEvent,
            kind=kind,
            customer_id=customers,
            occurred_at=_instants(at),
            source_key=[f"{subject}:{pk}" for pk in ids],
            amount_minor=amounts,
            payload=[payloads[row] for row in treatments],
            created_at=self.now,
        )

    def _points(self) -> None:
        """A point a yuan for every sale, none spent, and the tier the year's spend gives."""
        programme = create_programme(
            terms=Terms(name="Points", points_per_unit=Decimal(1), point_value_minor=Decimal(5)),
            ladder=[Rung(name, spend) for name, spend in RUNGS],
            starts_on=self.world.until - timedelta(days=730),
        )
        tiers = [*Tier.objects.order_by("rank").values_list("pk", flat=True)]
        points = self.world.sales.net_minor // 100
        buyers, row = np.unique(self.buyers, return_inverse=True)
        spent = np.bincount(row, weights=self.world.sales.net_minor)
        accounts = np.array(new_ids(Account, len(buyers)))
        reached = np.searchsorted([spend for _name, spend in RUNGS], spent, side="right") - 1
        _write(
            Account,
            id=accounts,
            programme_id=programme.pk,
            customer_id=buyers,
            balance=np.bincount(row, weights=points).astype(np.int64),
            tier_id=[tiers[rank] for rank in reached],
            opened_at=self.now,
        )
        entries = np.array(new_ids(LedgerEntry, len(points)))
        _write(
            LedgerEntry,
            id=entries,
            account_id=accounts[row],
            kind="accrual",
            points=points,
            posted_on=self.sold_on,
            idempotency_key=[f"sale:{pk}" for pk in self.sales],
            sale_id=self.sales,
            reason="",
            created_at=self.now,
        )
        _write(
            PointLot,
            entry_id=entries,
            account_id=accounts[row],
            points=points,
            remaining=points,
            expires_on=self.sold_on + np.timedelta64(730, "D"),
        )


def _write(model: type[models.Model], **columns: Any) -> None:
    """Insert rows given as columns (arrays or lists); what is neither stands in every row."""
    n = next(len(column) for column in columns.values() if _is_column(column))
    insert_columns(model, {name: _values(column, n) for name, column in columns.items()})


def _is_column(column: Any) -> bool:
    return isinstance(column, (np.ndarray, list))


def _values(column: Any, n: int) -> Sequence[Any]:
    if isinstance(column, np.ndarray):
        return column.tolist()
    return column if _is_column(column) else [column] * n


def _instants(minutes: np.ndarray) -> list[str]:
    """Local minutes as timestamps with their offset, as Postgres reads them."""
    return np.char.add(np.datetime_as_string(minutes), UTC_OFFSET).tolist()
