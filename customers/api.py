"""The booking system's door: customers, appointments and sales come in, customers go out."""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import api_examples as examples
from customers.api_pages import page_after
from customers.models import Consent, Customer
from customers.serializers import (
    AppointmentIn,
    CustomerIn,
    CustomerListIn,
    CustomerOut,
    CustomerPageOut,
    ReceiptOut,
    SaleIn,
)
from customers.services.intake import (
    Outcome,
    upsert_appointments,
    upsert_customers,
    upsert_sales,
)
from tenancy.api_keys import ClinicApiMixin
from tenancy.idempotency import IdempotentPostMixin


def _upsert(request: Request, shape: type, service: Callable[..., list[Outcome]]) -> Response:
    """Check the shape, hand one record to its service, answer with the receipt."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    source = serializer.validated_data["source"]
    record = serializer.record()
    [outcome] = service(source=source, records=[record], at=timezone.now())
    if outcome.state == "refused":
        raise ValidationError({outcome.field: [ErrorDetail(outcome.message, outcome.code)]})
    remark = {"field": outcome.field, "code": outcome.code, "detail": outcome.message}
    receipt = {
        "id": outcome.id,
        "source": source,
        "external_id": record.external_id,
        "state": outcome.state,
        "remark": remark if outcome.code else None,
    }
    return Response(receipt, status=201 if outcome.state == "created" else 200)


def _described(operation_id: str, shape: type, body: dict, about: str) -> Any:
    """The schema of an upsert."""
    return extend_schema(
        operation_id=operation_id,
        summary=about,
        description=shape.__doc__,
        request=shape,
        examples=[OpenApiExample("A new record", value=body, request_only=True)],
        responses={
            201: OpenApiResponse(ReceiptOut, "Created.", examples=[examples.CREATED]),
            200: OpenApiResponse(ReceiptOut, "Known already.", examples=[examples.UNCHANGED]),
        },
    )


class CustomersView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"GET": "customers.read", "POST": "customers.write"}

    @extend_schema(
        operation_id="customers_list",
        summary="List customers, oldest change first",
        parameters=[CustomerListIn],
        responses=CustomerPageOut,
    )
    def get(self, request: Request) -> Response:
        query = CustomerListIn(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        rows = _filtered(_customers(), wanted)
        found, cursor = page_after(rows, cursor=wanted.get("cursor"), limit=wanted["limit"])
        return Response(CustomerPageOut({"next_cursor": cursor, "results": found}).data)

    @_described("customers_upsert", CustomerIn, examples.CUSTOMER, "Create or update a customer")
    def post(self, request: Request) -> Response:
        return super().post(request)

    def write(self, request: Request) -> Response:
        return _upsert(request, CustomerIn, upsert_customers)


class CustomerView(ClinicApiMixin, APIView):
    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="customers_read",
        summary="One customer by your own id",
        description="For an id with a slash in it use the list with `source` and `external_id`.",
        responses=CustomerOut,
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        named = {"source": source, "external_id": external_id}
        is_possible = all(
            text.isprintable() for text in named.values()
        )  # NUL is no text to Postgres
        customer = _filtered(_customers(), named).first() if is_possible else None
        if customer is None:
            raise NotFound
        return Response(CustomerOut(customer).data)


class AppointmentsView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"POST": "appointments.write"}

    @_described(
        "appointments_upsert",
        AppointmentIn,
        examples.APPOINTMENT,
        "Create or update an appointment",
    )
    def post(self, request: Request) -> Response:
        return super().post(request)

    def write(self, request: Request) -> Response:
        return _upsert(request, AppointmentIn, upsert_appointments)


class SalesView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"POST": "sales.write"}

    @_described("sales_upsert", SaleIn, examples.SALE, "Create or update a sale or a refund")
    def post(self, request: Request) -> Response:
        return super().post(request)

    def write(self, request: Request) -> Response:
        return _upsert(request, SaleIn, upsert_sales)


def _customers() -> QuerySet[Customer]:
    """Customers with everything CustomerOut prints, in a fixed number of queries."""
    open_consents = Consent.objects.filter(withdrawn_at__isnull=True).order_by("purpose", "channel")
    return Customer.objects.select_related("home_branch", "consultant").prefetch_related(
        "identities",
        "contact_points",
        "tag_links__tag",
        Prefetch("consents", queryset=open_consents, to_attr="open_consents"),
    )


def _filtered(rows: QuerySet[Customer], wanted: dict[str, Any]) -> QuerySet[Customer]:
    if since := wanted.get("updated_since"):
        rows = rows.filter(updated_at__gte=since)
    named = {
        f"identities__{name}": wanted[name]
        for name in ("source", "external_id")
        if wanted.get(name)
    }
    return rows.filter(**named).distinct() if named else rows
