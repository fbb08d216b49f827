"""The booking system's door: customers, appointments, sales and the catalogue, in and out."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import api_examples as examples
from customers.api_described import bulk, listed, one
from customers.api_doors import APPOINTMENTS, CUSTOMERS, INTERACTIONS, SALES, TREATMENTS
from customers.api_pages import page_of
from customers.api_records import (
    BulkView,
    ListView,
    MergeAwareView,
    NamedRecordView,
    RecordView,
)
from customers.queries import feed
from customers.serializers_lists import DeletionListIn
from customers.serializers_out import DeletionPageOut
from tenancy.api_keys import ClinicApiMixin


@listed(CUSTOMERS, "customer", examples.CUSTOMER)
class CustomersView(ListView):
    door = CUSTOMERS
    scopes = {"GET": "customers.read", "POST": "customers.write"}


@bulk(CUSTOMERS, "customer", examples.CUSTOMER)
class CustomersBulkView(BulkView):
    door = CUSTOMERS
    scopes = {"POST": "customers.write"}


@one(CUSTOMERS, "customer", by="id")
class CustomerView(MergeAwareView):
    door = CUSTOMERS
    scopes = {"GET": "customers.read"}


@one(CUSTOMERS, "customer", by="name")
class NamedCustomerView(NamedRecordView):
    door = CUSTOMERS
    scopes = {"GET": "customers.read"}


@listed(APPOINTMENTS, "appointment", examples.APPOINTMENT)
class AppointmentsView(ListView):
    door = APPOINTMENTS
    scopes = {"GET": "appointments.read", "POST": "appointments.write"}


@bulk(APPOINTMENTS, "appointment", examples.APPOINTMENT)
class AppointmentsBulkView(BulkView):
    door = APPOINTMENTS
    scopes = {"POST": "appointments.write"}


@one(APPOINTMENTS, "appointment", by="id")
class AppointmentView(RecordView):
    door = APPOINTMENTS
    scopes = {"GET": "appointments.read"}


@one(APPOINTMENTS, "appointment", by="name")
class NamedAppointmentView(NamedRecordView):
    door = APPOINTMENTS
    scopes = {"GET": "appointments.read"}


@listed(SALES, "sale", examples.SALE)
class SalesView(ListView):
    door = SALES
    scopes = {"GET": "sales.read", "POST": "sales.write"}


@bulk(SALES, "sale", examples.SALE)
class SalesBulkView(BulkView):
    door = SALES
    scopes = {"POST": "sales.write"}


@one(SALES, "sale", by="id")
class SaleView(RecordView):
    door = SALES
    scopes = {"GET": "sales.read"}


@one(SALES, "sale", by="name")
class NamedSaleView(NamedRecordView):
    door = SALES
    scopes = {"GET": "sales.read"}


@listed(INTERACTIONS, "interaction", examples.INTERACTION)
class InteractionsView(ListView):
    door = INTERACTIONS
    scopes = {"GET": "interactions.read", "POST": "interactions.write"}


@bulk(INTERACTIONS, "interaction", examples.INTERACTION)
class InteractionsBulkView(BulkView):
    door = INTERACTIONS
    scopes = {"POST": "interactions.write"}


@one(INTERACTIONS, "interaction", by="id")
class InteractionView(RecordView):
    door = INTERACTIONS
    scopes = {"GET": "interactions.read"}


@one(INTERACTIONS, "interaction", by="name")
class NamedInteractionView(NamedRecordView):
    door = INTERACTIONS
    scopes = {"GET": "interactions.read"}


@listed(TREATMENTS, "treatment", examples.TREATMENT)
class TreatmentsView(ListView):
    door = TREATMENTS
    scopes = {"GET": "treatments.read", "POST": "treatments.write"}


@bulk(TREATMENTS, "treatment", examples.TREATMENT)
class TreatmentsBulkView(BulkView):
    door = TREATMENTS
    scopes = {"POST": "treatments.write"}


@one(TREATMENTS, "treatment", by="id")
class TreatmentView(RecordView):
    door = TREATMENTS
    scopes = {"GET": "treatments.read"}


@one(TREATMENTS, "treatment", by="name")
class NamedTreatmentView(NamedRecordView):
    door = TREATMENTS
    scopes = {"GET": "treatments.read"}


class DeletionsView(ClinicApiMixin, APIView):
    """What the other lists cannot tell: which records are gone."""

    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="deletions_list",
        summary="List deleted and merged records, oldest first",
        description="Read it after the other lists, with a cursor of its own.",
        parameters=[DeletionListIn],
        responses=DeletionPageOut,
    )
    def get(self, request: Request) -> Response:
        query = DeletionListIn(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        marks = feed.deletions()
        if since := wanted.get("updated_since"):
            marks = feed.changed_since(marks, since)
        if kind := wanted.get("kind"):
            marks = marks.filter(kind=kind)
        found, about = page_of(marks, wanted, is_lookup=False)
        survivors = feed.survivors_of(found)
        for mark in found:
            mark.merged_into = survivors.get(mark.record_id) if mark.kind == "customer" else None
        return Response(DeletionPageOut({**about, "results": found}).data)
