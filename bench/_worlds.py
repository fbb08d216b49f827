"""Big clinics in a minute or two, in the throw-away database of the benchmark.

The intake services would need a quarter of an hour for 100,000 customers, so the rows go in
directly (`_rows`); scores and search tokens come from their own services. What pages read is all
there: contacts, consents, tags, sales and lines, appointments, events, points, tiers, scores.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.test import Client
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._rows import WorldRows
from clinic_crm.simulator import SHANGHAI, generate
from customers.services import search_tokens
from segmentation.services.score_run import run as run_scores
from tenancy.clock import local_day
from tenancy.models import Clinic, Membership
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic, create_member
from tenancy.statistics import refresh_statistics
from tenancy.walls import tenant_models

YEARS = 1.0  # of history: about two sales and two appointments a customer


@dataclass(frozen=True)
class BigClinic:
    """clinic: open its scope to look inside. owner: may see every page. customer_ids: of all."""

    clinic: Clinic
    owner: Membership
    customer_ids: list[int]

    def browser(self) -> Client:
        """A browser in which the owner is signed in."""
        client = Client()
        client.force_login(self.owner.user)
        return client


def make_clinic(slug: str, n_customers: int, *, is_searchable: bool = False) -> BigClinic:
    """A clinic with a year of history, scored as of yesterday; the same rows at every run.

    is_searchable: also write the search tokens, which take as long as all the rest.
    """
    clinic = create_clinic(
        slug=slug, name=slug, timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    yesterday = local_day(clinic.zone, timezone.now()) - timedelta(days=1)
    config = replace(SHANGHAI.scaled(n_customers), years=YEARS)
    rows = WorldRows(generate(config, seed=n_customers, until=yesterday))
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic():
            owner = create_member(email=f"owner@{slug}.example", role="owner", name="Owner")
            rows.write()
        settle(n_customers)
        if is_searchable:
            with transaction.atomic():
                search_tokens.rebuild_all()
        run_scores(as_of=yesterday)
        settle(n_customers)
    return BigClinic(clinic, owner, rows.customers.tolist())


@transaction.atomic
def settle(n_rows: int) -> None:
    """Let the planner know the tables, as autovacuum would a minute later."""
    refresh_statistics(*tenant_models(), n_rows=n_rows)
