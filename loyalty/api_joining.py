"""Enrol a customer from another system, or from the QR code that hangs at the desk."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_or_not_found
from loyalty.models import Joining, Programme
from loyalty.queries.programmes import default_programme
from loyalty.services.enrolment import enrol
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.idempotency import IdempotentPostMixin
from tenancy.strict_fields import StrictSerializer, Text


class JoinIn(StrictSerializer):
    source = Text(max_length=60)
    external_id = Text(max_length=120)
    join_code = Text(
        max_length=40,
        required=False,
        default="",
        allow_blank=True,
        help_text=_("What the QR code says; without it the clinic's first programme."),
    )


class JoinedOut(serializers.Serializer):
    programme = serializers.CharField()
    balance = serializers.IntegerField()
    joined_on = serializers.DateField()


EXAMPLE = OpenApiExample(
    "From the app",
    value={"source": "booking", "external_id": "C-1007"},
    request_only=True,
)
JOINED = OpenApiExample(
    "A new member",
    value={"programme": "Member points", "balance": 0, "joined_on": "2026-05-01"},
    response_only=True,
)


class JoinView(ClinicApiMixin, IdempotentPostMixin, APIView):
    """Who is a member already keeps their account and the day they came."""

    scopes = {"POST": "loyalty.write"}
    may_be_missing = True

    @extend_schema(
        operation_id="loyalty_join",
        summary="Make a customer a member of a programme",
        request=JoinIn,
        responses={201: OpenApiResponse(JoinedOut, "The membership.", examples=[JOINED])},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        return super().post(request)

    def write(self, request: Request) -> Response:
        said = JoinIn.read(request.data)
        customer = customer_or_not_found(said["source"], said["external_id"])
        programme = _programme(said["join_code"])
        if programme is None:
            raise NotFound
        clinic = request._request.clinic
        through = Joining.Through.QR if said["join_code"] else Joining.Through.API
        today = local_day(clinic.zone, timezone.now())
        account = enrol(programme=programme, customer=customer, through=through, on=today)
        joining = account.joinings.get()
        shown = {"programme": programme.name, "balance": account.balance,
                 "joined_on": joining.joined_on}  # fmt: skip
        return Response(JoinedOut(shown).data, status=201)


def _programme(join_code: str) -> Programme | None:
    if not join_code:
        return default_programme()
    if not join_code.isprintable():
        return None  # NUL is no text to Postgres
    return Programme.objects.filter(join_code=join_code).first()
