"""The kinds of records of the booking API: how each is read, found and written."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from customers import serializers as taken
from customers import serializers_lists as lists
from customers import serializers_out as out
from customers.api_records import Body, Door
from customers.models import (
    Appointment,
    Consent,
    Customer,
    FeedMark,
    Identity,
    Interaction,
    Sale,
    SaleLine,
    Treatment,
)
from customers.serializers_catalogue import TreatmentBulkIn, TreatmentIn
from customers.services.inbound.versioned import Versioned, upsert_versioned
from customers.services.intake import Outcome
from customers.services.intake.treatments import upsert_treatments
from tenancy.clock import start_of_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

Upsert = Callable[[str | None, Sequence[Versioned]], list[Outcome]]


def _by_source(kind: FeedMark.Kind) -> Upsert:
    def upsert(source: str | None, records: Sequence[Versioned]) -> list[Outcome]:
        assert source is not None  # the shapes that come in say it
        return upsert_versioned(kind=kind.value, source=source, records=records, at=timezone.now())

    return upsert


def _customers() -> QuerySet[Customer]:
    open_consents = Consent.objects.filter(withdrawn_at__isnull=True).order_by("purpose", "channel")
    return Customer.objects.select_related("home_branch", "consultant").prefetch_related(
        "identities",
        "contact_points",
        "tag_links__tag",
        Prefetch("consents", queryset=open_consents, to_attr="open_consents"),
    )


def _narrowed_customers(rows: QuerySet, wanted: Body) -> QuerySet:
    named = {name: wanted[name] for name in ("source", "external_id") if name in wanted}
    return rows.filter(pk__in=Identity.objects.filter(**named).values("customer"))


def _find_customer(names: Body) -> int | None:
    known = Identity.objects.filter(source=names["source"], external_id=names["external_id"])
    return known.values_list("customer", flat=True).first()


CUSTOMERS = Door(
    kind=FeedMark.Kind.CUSTOMER,
    named=("source", "external_id"),
    shape_in=taken.CustomerIn,
    bulk_in=taken.CustomerBulkIn,
    query_in=lists.CustomerListIn,
    shape_out=out.CustomerOut,
    page_out=out.CustomerPageOut,
    receipt_out=out.ReceiptOut,
    rows=_customers,
    narrowed=_narrowed_customers,
    find=_find_customer,
    upsert=_by_source(FeedMark.Kind.CUSTOMER),
)


def _found_by_own_id(rows: QuerySet, names: Body) -> int | None:
    named = rows.filter(source=names["source"], external_id=names["external_id"])
    return named.values_list("pk", flat=True).first()


def _appointments() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("treatment", "branch", "consultant")


def _narrowed_appointments(rows: QuerySet, wanted: Body) -> QuerySet:
    zone = Clinic.objects.get(pk=current_clinic_id()).zone
    if first := wanted.get("from_on"):
        rows = rows.filter(starts_at__gte=start_of_day(zone, first))
    if last := wanted.get("until_on"):
        rows = rows.filter(starts_at__lt=start_of_day(zone, last + timedelta(days=1)))
    return rows.filter(**_same(wanted, "source", "external_id", "customer", "status"))


APPOINTMENTS = Door(
    kind=FeedMark.Kind.APPOINTMENT,
    named=("source", "external_id"),
    shape_in=taken.AppointmentIn,
    bulk_in=taken.AppointmentBulkIn,
    query_in=lists.AppointmentListIn,
    shape_out=out.AppointmentOut,
    page_out=out.AppointmentPageOut,
    receipt_out=out.ReceiptOut,
    rows=_appointments,
    narrowed=_narrowed_appointments,
    find=lambda names: _found_by_own_id(Appointment.objects.all(), names),
    upsert=_by_source(FeedMark.Kind.APPOINTMENT),
)


def _sales() -> QuerySet[Sale]:
    lines = SaleLine.objects.select_related("treatment").order_by("line_no")
    return Sale.objects.select_related("refund_of", "branch", "consultant").prefetch_related(
        Prefetch("lines", queryset=lines)
    )


def _narrowed_sales(rows: QuerySet, wanted: Body) -> QuerySet:
    if first := wanted.get("from_on"):
        rows = rows.filter(occurred_on__gte=first)
    if last := wanted.get("until_on"):
        rows = rows.filter(occurred_on__lte=last)
    return rows.filter(**_same(wanted, "source", "external_id", "customer", "kind"))


SALES = Door(
    kind=FeedMark.Kind.SALE,
    named=("source", "external_id"),
    shape_in=taken.SaleIn,
    bulk_in=taken.SaleBulkIn,
    query_in=lists.SaleListIn,
    shape_out=out.SaleOut,
    page_out=out.SalePageOut,
    receipt_out=out.ReceiptOut,
    rows=_sales,
    narrowed=_narrowed_sales,
    find=lambda names: _found_by_own_id(Sale.objects.all(), names),
    upsert=_by_source(FeedMark.Kind.SALE),
)


def _narrowed_interactions(rows: QuerySet, wanted: Body) -> QuerySet:
    zone = Clinic.objects.get(pk=current_clinic_id()).zone
    if first := wanted.get("from_on"):
        rows = rows.filter(occurred_at__gte=start_of_day(zone, first))
    if last := wanted.get("until_on"):
        rows = rows.filter(occurred_at__lt=start_of_day(zone, last + timedelta(days=1)))
    return rows.filter(**_same(wanted, "source", "external_id", "customer", "kind"))


INTERACTIONS = Door(
    kind=FeedMark.Kind.INTERACTION,
    named=("source", "external_id"),
    shape_in=taken.InteractionIn,
    bulk_in=taken.InteractionBulkIn,
    query_in=lists.InteractionListIn,
    shape_out=out.InteractionOut,
    page_out=out.InteractionPageOut,
    receipt_out=out.ReceiptOut,
    rows=lambda: Interaction.objects.select_related("by"),
    narrowed=_narrowed_interactions,
    find=lambda names: _found_by_own_id(Interaction.objects.all(), names),
    upsert=_by_source(FeedMark.Kind.INTERACTION),
)


def _find_treatment(names: Body) -> int | None:
    return Treatment.objects.filter(code=names["code"]).values_list("pk", flat=True).first()


TREATMENTS = Door(
    kind=FeedMark.Kind.TREATMENT,
    named=("code",),
    shape_in=TreatmentIn,
    bulk_in=TreatmentBulkIn,
    query_in=lists.TreatmentListIn,
    shape_out=out.TreatmentOut,
    page_out=out.TreatmentPageOut,
    receipt_out=out.TreatmentReceiptOut,
    rows=Treatment.objects.all,
    narrowed=lambda rows, wanted: rows.filter(**_same(wanted, "code")),
    find=_find_treatment,
    upsert=lambda _source, records: upsert_treatments(records=[one for one, _no in records]),
)


def _same(wanted: Body, *names: str) -> Body:
    return {name: wanted[name] for name in names if name in wanted}
