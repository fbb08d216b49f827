"""Makes one demo clinic: its history up to a past campaign, the campaign, and what came of it.

Everything goes through the services, so the demo obeys every rule. Each step may be repeated: a
seeding that was killed goes on where it stopped. `Clinic.is_demo` is set when it is complete.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

import numpy as np
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, Enrolment
from campaigns.services.control import finish
from campaigns.services.dispatch import send_due
from campaigns.services.draft import Plan, save_draft
from campaigns.services.expansion import expand
from campaigns.services.launch import confirm
from care.services.planning import plan_calls
from clinic_crm.demo.logins import LOGINS, PASSWORD
from clinic_crm.demo.member_life import live
from clinic_crm.demo.offers import make_offers
from clinic_crm.demo.records import WorldRecords
from clinic_crm.demo.told import Told, told_by
from clinic_crm.demo.words import WORDS, Words
from clinic_crm.simulator import CLINICS, generate, respond
from clinic_crm.simulator.world import World
from customers.models import Identity, Treatment
from customers.services.duplicates import search_all as search_duplicates
from customers.services.intake import (
    CustomerRecord,
    Outcome,
    upsert_appointments,
    upsert_customers,
    upsert_sales,
)
from customers.services.interactions import record_interactions
from customers.services.quality import measure_finished_day as measure_quality
from customers.services.timeline import Event, record_events
from loyalty.models import ProfileField, Programme
from loyalty.services.programme import Rung, Terms, create_programme
from loyalty.services.standing import catch_up
from loyalty.services.tiers import judge
from segmentation.models import Segment
from segmentation.services.score_run import run as run_scores
from tenancy.clock import local_day
from tenancy.models import Branch, Clinic, Membership, User
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic, create_member
from tenancy.statistics import refresh_statistics
from tenancy.walls import tenant_models

SOURCE = "booking"
SEED = 20_260
CAMPAIGN_DAYS_AGO = 45
CHUNK = 5_000
STAFF = {login.clinic: login for login in LOGINS if login.role == "staff"}  # first consultants
Say = Callable[[str], None]


def seed_clinic(slug: str, *, say: Say) -> None:
    """Make this demo clinic unless it is complete already."""
    config = CLINICS[slug]
    clinic = Clinic.objects.filter(slug=slug).first() or create_clinic(
        slug=slug,
        name=config.name,
        timezone=config.timezone,
        currency=config.currency,
        language=config.language,
        country="CN" if config.language == "zh-hans" else "GB",
        sender_name=config.name,
        sender_email=f"hello@{slug}.example",
        postal_address=WORDS[slug].postal_address,
    )
    if clinic.is_demo:
        say(f"{clinic.name}: there already")
        return
    yesterday = local_day(clinic.zone, timezone.now()) - timedelta(days=1)
    world = generate(config, seed=SEED, until=yesterday)
    with clinic_scope(clinic.pk, atomic=False):
        _Seeding(clinic, world, WORDS[slug], say).make(yesterday)


class _Seeding:
    def __init__(self, clinic: Clinic, world: World, words: Words, say: Say) -> None:
        self.clinic, self.world, self.words = clinic, world, words
        self.say = lambda text: say(f"{clinic.name}: {text}")
        self.records = WorldRecords(world)

    def make(self, yesterday: date) -> None:
        campaign_on = yesterday - timedelta(days=CAMPAIGN_DAYS_AGO)
        self._people()
        self._catalogue()
        self._take_in(upsert_customers, self.records.customers())
        self.say(f"{len(self.records.ids)} customers")
        self._voices()
        self._history(told_by(self.world, campaign_on))
        run_scores(as_of=campaign_on - timedelta(days=1))
        _settle(len(self.records.ids))
        self._segments()
        campaign = self._campaign(campaign_on)
        self._outcome(campaign, campaign_on)
        self.say("history, a past campaign and what came of it")
        self._loyalty(yesterday)
        for day in (yesterday - timedelta(days=1), yesterday):  # so that «since yesterday» is
            run_scores(as_of=day)
        self._finish(campaign, yesterday)
        self.say("scored, points and tiers, today's calls, possible duplicates")

    @transaction.atomic
    def _people(self) -> None:
        for code, name in zip(
            self.world.branches.code.tolist(), self.world.branches.name.tolist(), strict=True
        ):
            Branch.objects.get_or_create(code=code, defaults={"name": name})
        for login in LOGINS:
            if login.clinic == self.clinic.slug and login.role != "staff":
                self._member(login.email, login.name, login.role)
        consultants = self.world.consultants
        for row, name in enumerate(consultants.name.tolist()):
            branch = Branch.objects.get(code=self.world.branches.code[consultants.branch[row]])
            code = str(consultants.code[row]).lower()
            email = STAFF[self.clinic.slug].email if row == 0 else None
            self._member(
                email or f"{code}@{self.clinic.slug}.example",
                name,
                "staff",
                branch=branch,
            )
        self._let_sign_in()

    def _let_sign_in(self) -> None:
        """Hashing is slow on purpose, and the demo's people share one password: hash it once."""
        emails = [login.email for login in LOGINS if login.clinic == self.clinic.slug]
        newcomers = User.objects.filter(email__in=emails, last_login=None)
        newcomers.update(password=make_password(PASSWORD))
        EmailAddress.objects.bulk_create(
            [
                EmailAddress(user=user, email=user.email, verified=True, primary=True)
                for user in newcomers
            ],
            ignore_conflicts=True,
        )

    def _member(self, email: str, name: str, role: str, **more) -> None:
        if not Membership.objects.filter(user__email=email).exists():
            create_member(email=email, name=name, role=role, **more)

    @transaction.atomic
    def _catalogue(self) -> None:
        table = self.world.treatments
        for row, code in enumerate(table.code.tolist()):
            Treatment.objects.update_or_create(
                code=code,
                defaults={
                    "name": str(table.name[row]),
                    "category": str(table.category[row]),
                    "interval_days": int(table.interval_days[row]) or None,
                    "min_clinical_interval_days": int(table.min_clinical_interval_days[row]),
                    "course_length": int(table.course_length[row]),
                    "price_minor": int(table.price_minor[row]),
                    "cost_minor": int(table.cost_minor[row]),
                },
            )

    def _take_in(self, upsert: Callable, records: Iterable) -> None:
        """Chunk by chunk; a number nobody can dial is kept as a note, as a clinic would do."""
        for chunk in _chunks(records):
            refused = _refused(upsert, chunk)
            _settle(len(chunk))
            mended = [_without_phone(chunk[outcome.index]) for outcome in refused]
            if still := _refused(upsert, mended):
                raise RuntimeError(f"{len(still)} refused, the first: {still[0]}")

    def _history(self, told: Told) -> None:
        """Sales, refunds and the diary."""
        world, records = self.world, self.records
        sales = records.sales(world.sales, world.sale_lines, np.flatnonzero(told.sales))
        self._take_in(upsert_sales, sales)
        self._take_in(upsert_sales, records.refunds(np.flatnonzero(told.refunds)))
        diary = records.appointments(np.flatnonzero(told.appointments))
        self._take_in(upsert_appointments, diary)

    @transaction.atomic
    def _segments(self) -> None:
        for name, rule in (self.words.due_segment, *self.words.segments):
            Segment.objects.get_or_create(name=name, defaults={"rule": rule})

    def _campaign(self, on: date) -> Campaign:
        """Planned, confirmed and sent by the same services as any other, on a past morning."""
        at = datetime.combine(on, time(10, 30), tzinfo=self.clinic.zone)
        campaign = self._draft()
        with transaction.atomic():
            if campaign.state == Campaign.State.DRAFT:
                confirm(campaign=campaign, clinic=self.clinic, by=campaign.owner, at=at)
        expand(campaign_id=campaign.pk, clinic=self.clinic, at=at)
        send_due(campaign_id=campaign.pk, now=lambda: at)
        return campaign

    @transaction.atomic
    def _draft(self) -> Campaign:
        earlier = Campaign.objects.filter(name=self.words.campaign).first()
        if earlier is not None:
            return earlier
        plan = Plan(
            name=self.words.campaign,
            segment=Segment.objects.get(name=self.words.due_segment[0]),
            subject=self.words.subject,
            body=self.words.body,
            holdout_percent=self.words.holdout_percent,
            message_cost_minor=self.words.message_cost_minor,
        )
        return save_draft(plan=plan, by=Membership.objects.filter(role="manager").first())

    def _outcome(self, campaign: Campaign, on: date) -> None:
        """The treated answer to the offer; everybody else goes on as the world had it in store."""
        with transaction.atomic():
            treated = set(
                Identity.objects.filter(
                    source=SOURCE,
                    customer__enrolments__campaign=campaign,
                    customer__enrolments__arm=Enrolment.Arm.TREATED,
                ).values_list("external_id", flat=True)
            )
        rows = np.array([row for row, key in enumerate(self.records.ids) if key in treated])
        answer = respond(self.world, customer_rows=rows, offer=self.words.offer, on=on)
        now = told_by(self.world, self.world.until, leave_out=answer.superseded_sales)
        self._history(now.but_not(told_by(self.world, on)))
        returns = range(len(answer.sales.external_id))
        self._take_in(upsert_sales, self.records.sales(answer.sales, answer.sale_lines, returns))

    def _voices(self) -> None:
        """Survey answers and complaints on the timeline."""
        self._surveys()
        self._take_in(record_interactions, self.records.complaints())

    @transaction.atomic
    def _surveys(self) -> None:
        customers = dict(
            Identity.objects.filter(source=SOURCE).values_list("external_id", "customer_id")
        )
        surveys = self.world.surveys
        events = [
            Event(
                kind="feedback.given",
                customer_id=customers[self.records.ids[surveys.customer[row]]],
                occurred_at=self.records.noon(surveys.answered_on[row]),
                source_key=f"survey:{row}",
                payload={"csat": int(surveys.csat[row])},
            )
            for row in range(len(surveys.csat))
        ]
        record_events(events, at=timezone.now())

    @transaction.atomic
    def _loyalty(self, yesterday: date) -> None:
        words = self.words
        if not Programme.objects.exists():
            terms = Terms(
                name=words.programme,
                points_per_unit=words.points_per_unit,
                point_value_minor=words.point_value_minor,
                member_fields=tuple(ProfileField.values),
            )
            ladder = [Rung(name, spend, benefits) for name, spend, benefits in words.tiers]
            create_programme(
                terms=terms, ladder=ladder, starts_on=yesterday - timedelta(days=2 * 365)
            )
        judge(yesterday - timedelta(days=365))  # so that a year's churn of the tiers can be told
        catch_up(on=yesterday, at=timezone.now())
        now = timezone.now()
        make_offers(language=self.clinic.language, today=yesterday, at=now)
        live(language=self.clinic.language, today=yesterday, at=now)

    @transaction.atomic
    def _finish(self, campaign: Campaign, yesterday: date) -> None:
        finish(campaign_id=campaign.pk)
        plan_calls(yesterday + timedelta(days=1))
        now = timezone.now()
        search_duplicates(at=now)
        measure_quality(at=now)
        Clinic.objects.filter(pk=self.clinic.pk).update(is_demo=True)


@transaction.atomic
def _refused(upsert: Callable, records: list) -> list[Outcome]:
    outcomes = upsert(source=SOURCE, records=records, at=timezone.now(), door="file")
    return [outcome for outcome in outcomes if outcome.state == "refused"]


@transaction.atomic
def _settle(n_rows: int) -> None:
    """New tables are planned as empty ones until somebody counts them."""
    refresh_statistics(*tenant_models(), n_rows=n_rows)


def _without_phone(record: Any) -> Any:
    if not isinstance(record, CustomerRecord):
        return record
    return replace(record, phones=(), notes=" ".join(record.phones or ()))


def _chunks(records: Iterable) -> Iterable[list]:
    iterator = iter(records)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
