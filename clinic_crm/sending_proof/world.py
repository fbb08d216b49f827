"""Clinics made for one run, each with an account of one provider class and a campaign to all."""

import json
from dataclasses import dataclass
from secrets import token_urlsafe
from uuid import uuid4

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from campaigns.models import Campaign, ProviderAccount
from customers.models import Consent, ContactPoint, Customer
from segmentation.models import Segment
from tenancy.models import Clinic
from tenancy.scope import clinic_scope, current_clinic_id
from tenancy.webhook_signatures import new_secret

CLASSES = ("keyed", "asked", "blind")
_BATCH = 2000


@dataclass(frozen=True)
class World:
    """One clinic of the proof."""

    provider_class: str
    clinic: Clinic
    campaign_id: int
    account_id: int
    n_recipients: int


def make_world(provider_class: str, n_recipients: int) -> World:
    """Committed; `close` retires it."""
    mark = uuid4().hex[:10]
    clinic = Clinic.objects.create(
        slug=f"proof-{provider_class}-{mark}", name=f"Proof {provider_class}",
        timezone="Asia/Shanghai", currency="CNY", is_demo=True,
        quiet_from_hour=0, quiet_until_hour=0,
    )  # fmt: skip
    with clinic_scope(clinic.pk):
        for start in range(0, n_recipients, _BATCH):
            _people(range(start, min(start + _BATCH, n_recipients)))
        account = ProviderAccount.objects.create(
            channel="email", kind="recording", name="proof", sender="proof@mail.example",
            credentials=json.dumps({"class": provider_class, "settle_seconds": "2"}),
            secret=new_secret(), token=token_urlsafe(24),
        )  # fmt: skip
        segment = Segment.objects.create(name="All", rule={"match": "all", "conditions": []})
        campaign = Campaign.objects.create(
            name="Proof", segment=segment, state=Campaign.State.LAUNCHING, holdout_rate=0,
            no_holdout_reason="a proof of sending", subject="Hello {{ first_name }}",
            body="Dear {{ first_name }}, this is a proof: https://clinic.example/book",
        )  # fmt: skip
    return World(provider_class, clinic, campaign.pk, account.pk, n_recipients)


def _people(numbers: range) -> None:
    now = timezone.now()
    made = Customer.objects.bulk_create(
        Customer(clinic_id=current_clinic_id(), name=f"Person {n}", known_since_on=now.date())
        for n in numbers
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            clinic_id=current_clinic_id(),
            customer=one,
            kind="email",
            value=f"p{one.pk}@mail.example",
        )
        for one in made
    )
    Consent.objects.bulk_create(
        Consent(
            clinic_id=current_clinic_id(),
            customer=one,
            purpose="marketing",
            channel="email",
            given_at=now,
            source="proof",
        )
        for one in made
    )


def let_planner_count() -> None:
    """The planner takes a clinic that it never counted for an empty one, and joins it row by row.
    In days autovacuum does this; only the owner may, so without its address nothing happens."""
    if "owner" not in settings.DATABASES:
        return
    with connections["owner"].cursor() as cursor:
        for model in (Customer, ContactPoint, Consent):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def close(world: World) -> None:
    """The proof's clinics send nothing any more and are swept no more."""
    with clinic_scope(world.clinic.pk):
        Campaign.objects.filter(pk=world.campaign_id).update(state=Campaign.State.CANCELLED)
        Clinic.objects.filter(pk=world.clinic.pk).update(is_active=False)
