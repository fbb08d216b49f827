"""A clinic of a million customers in a few minutes: whatever their list and search read.

Names, tags, branches and sales are the simulator's; phones are spread over real prefixes, for
parts of them are searched. Visits, appointments and the timeline are left out: no list reads them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._copying import Copier, bare_tables
from bench._worlds import BigClinic
from clinic_crm.simulator import SHANGHAI, generate
from clinic_crm.simulator.world import World
from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerTag,
    Identity,
    Sale,
    SearchToken,
    Tag,
)
from customers.search_words import tokens_of
from customers.services.bulk_rows import new_ids
from loyalty.models import Account, Tier
from loyalty.services.programme import Rung, Terms, create_programme
from segmentation.models import CustomerScore, ScoreRun
from tenancy.clock import local_day
from tenancy.models import Branch
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic, create_member

SOURCE = "booking"
PREFIXES = np.array(
    ["134", "135", "136", "137", "138", "139", "150", "151", "152", "155", "158", "159", "177",
     "180", "181", "182", "183", "185", "186", "187", "188", "189", "198", "199"]
)  # fmt: skip
RUNGS = (("Member", 0), ("Silver", 200_000), ("Gold", 800_000))
LOADED = (
    Customer, Identity, ContactPoint, Consent, CustomerTag, Sale, SearchToken, CustomerScore,
    Account,
)  # fmt: skip


def make_million(slug: str, n_customers: int) -> BigClinic:
    """A clinic of that many customers with contacts, ids, tags, sales, scores, tiers and tokens."""
    clinic = create_clinic(
        slug=slug, name=slug, timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    yesterday = local_day(clinic.zone, timezone.now()) - timedelta(days=1)
    world = generate(
        replace(SHANGHAI.scaled(n_customers), years=1.0), seed=n_customers, until=yesterday
    )
    with clinic_scope(clinic.pk), transaction.atomic():
        owner = create_member(email=f"owner@{slug}.example", role="owner", name="Owner")
        frame = _Frame(world, clinic.pk, yesterday)
    with bare_tables(*LOADED) as copier:
        frame.write(copier)
    return BigClinic(clinic, owner, frame.ids.tolist())


class _Frame:
    """The rows that are few, made by services; and the writing of those that are many."""

    def __init__(self, world: World, clinic_id: int, as_of: date) -> None:
        self.world, self.clinic_id, self.now = world, clinic_id, timezone.now().isoformat()
        self.as_of = as_of
        shops = zip(world.branches.code.tolist(), world.branches.name.tolist(), strict=True)
        self.branches = [Branch.objects.create(code=code, name=name).pk for code, name in shops]
        words = {word for text in set(world.customers.tags.tolist()) for word in _tags(text)}
        self.tags = {word: Tag.objects.create(name=word).pk for word in sorted(words)}
        self.run = ScoreRun.objects.create(
            as_of=as_of, is_current=True, started_at=self.now, finished_at=self.now,
            n_customers=len(world.customers),
        )  # fmt: skip
        self.programme = create_programme(
            terms=Terms(name="Points", points_per_unit=1, point_value_minor=5),
            ladder=[Rung(name, spend) for name, spend in RUNGS],
            starts_on=as_of - timedelta(days=730),
        )
        self.tiers = list(Tier.objects.order_by("rank").values_list("pk", flat=True))
        self.ids = np.array(new_ids(Customer, len(world.customers)))

    def write(self, copier: Copier) -> None:
        rng = np.random.default_rng(1)
        n = len(self.ids)
        numbers = np.char.add(rng.choice(PREFIXES, n), np.char.zfill(
            rng.integers(0, 10**8, n).astype(str), 8))  # fmt: skip
        self.phones = np.char.add("+86", numbers).tolist()
        self._people(copier)
        self._beside(copier)
        self._sales(copier)
        self._scores(copier)
        self._tokens(copier)

    def _people(self, copier: Copier) -> None:
        table, sales = self.world.customers, self.world.sales
        spent = np.bincount(sales.customer, weights=sales.net_minor, minlength=len(table))
        last = np.full(len(table), np.datetime64("NaT", "D"))
        last[sales.customer] = sales.occurred_at.astype("datetime64[D]")  # in the order of days
        texts = [""] * len(table)
        columns = {
            "id": self.ids.tolist(),
            "name": table.name.tolist(),
            "gender": table.gender.tolist(),
            "birth_on": table.birth_on.tolist(),
            "occupation": table.occupation.tolist(),
            "city": table.city.tolist(),
            "district": table.district.tolist(),
            "acquisition_source": table.source.tolist(),
            "home_branch_id": [self.branches[row] for row in table.branch],
            "known_since_on": table.created_on.tolist(),
            "last_visit_on": last.tolist(),
            "spent_minor": spent.astype(np.int64).tolist(),
            **dict.fromkeys(("education", "address", "language", "notes"), texts),
        }
        self._copy(copier, Customer, columns, created_at=self.now, updated_at=self.now)

    def _beside(self, copier: Copier) -> None:
        table, ids = self.world.customers, self.ids.tolist()
        for source, texts in (
            (SOURCE, table.external_id.tolist()),
            ("card", [f"VIP{row:07d}" for row in range(len(ids))]),
        ):
            columns = {"customer_id": ids, "external_id": texts}
            self._copy(copier, Identity, columns, source=source, created_at=self.now)
        self.external_ids = table.external_id.tolist()
        emails = [(pk, mail) for pk, mail in zip(ids, table.email.tolist(), strict=True) if mail]
        for kind, points in (("phone", zip(ids, self.phones, strict=True)), ("email", emails)):
            owners, values = zip(*points, strict=True)
            self._copy(
                copier, ContactPoint, {"customer_id": owners, "value": values}, kind=kind,
                is_primary="t", is_valid="t", created_at=self.now,
            )  # fmt: skip
        agreed = self.ids[table.email_consent].tolist()
        self._copy(
            copier, Consent, {"customer_id": agreed}, purpose="marketing", channel="email",
            given_at=self.now, source=SOURCE, text_version="",
        )  # fmt: skip
        links = [
            (pk, self.tags[word])
            for pk, text in zip(ids, table.tags.tolist(), strict=True)
            for word in _tags(text)
        ]
        owners, tags = zip(*links, strict=True)
        columns = {"customer_id": owners, "tag_id": tags}
        self._copy(copier, CustomerTag, columns, added_at=self.now)

    def _sales(self, copier: Copier) -> None:
        table = self.world.sales
        days = table.occurred_at.astype("datetime64[D]").tolist()
        columns = {
            "external_id": table.external_id.tolist(),
            "customer_id": self.ids[table.customer].tolist(),
            "branch_id": [self.branches[row] for row in table.branch],
            "occurred_at": np.char.add(np.datetime_as_string(table.occurred_at), "+08:00").tolist(),
            "occurred_on": days,
            "counts_on": days,
            "gross_minor": table.net_minor.tolist(),
            "net_minor": table.net_minor.tolist(),
        }
        self._copy(
            copier, Sale, columns, source=SOURCE, kind="sale", discount_minor=0, currency="CNY",
            created_at=self.now, updated_at=self.now,
        )  # fmt: skip

    def _scores(self, copier: Copier) -> None:
        """Stages by the last visit and tiers by the spend, roughly as scoring would say."""
        copier.run(
            "INSERT INTO segmentation_customerscore (clinic_id, run_id, customer_id, frequency,"
            " monetary_minor, historical_value_minor, layer, r, f, m, stage, stage_since_on,"
            " churn_probability)"
            " SELECT clinic_id, %s, id, 1, spent_minor, spent_minor, 'regular',"
            " 1 + id %% 5, 1 + id %% 5, 1 + id %% 5,"
            " CASE WHEN last_visit_on IS NULL THEN 'potential'"
            " WHEN last_visit_on > %s::date - 90 THEN 'active'"
            " WHEN last_visit_on > %s::date - 180 THEN 'dormant' ELSE 'churned' END,"
            " %s, (id %% 100) / 100.0 FROM customers_customer WHERE clinic_id = %s",
            [self.run.pk, self.as_of, self.as_of, self.as_of, self.clinic_id],
        )
        copier.run(
            "INSERT INTO loyalty_account (clinic_id, programme_id, customer_id, balance, tier_id,"
            " opened_at) SELECT clinic_id, %s, id, spent_minor / 100, (%s::bigint[])["
            " 1 + (spent_minor >= 200000)::int + (spent_minor >= 800000)::int], %s"
            " FROM customers_customer WHERE clinic_id = %s",
            [self.programme.pk, self.tiers, self.now, self.clinic_id],
        )

    def _tokens(self, copier: Copier) -> None:
        columns = ("clinic_id", "customer_id", "token")
        copier.copy(SearchToken, columns, self._token_rows())

    def _token_rows(self) -> Iterator[tuple[int, int, str]]:
        table = self.world.customers
        people = zip(
            self.ids.tolist(), table.name.tolist(), self.phones, table.email.tolist(),
            self.external_ids, strict=True,
        )  # fmt: skip
        for row, (pk, name, phone, email, external_id) in enumerate(people):
            for token in tokens_of(
                name=name, phones=[phone], emails=[email],
                external_ids=[external_id, f"VIP{row:07d}"],
            ):  # fmt: skip
                yield self.clinic_id, pk, token

    def _copy(self, copier: Copier, model: type, columns: dict[str, Any], **same: object) -> None:
        names = ("clinic_id", *columns, *same)
        alike = tuple(same.values())
        rows = ((self.clinic_id, *row, *alike) for row in zip(*columns.values(), strict=True))
        copier.copy(model, names, rows)


def _tags(text: str) -> list[str]:
    return [word for word in text.split("|") if word]
