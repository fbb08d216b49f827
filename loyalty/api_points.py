"""Points for the till and the booking system: spent, given back, held while a booking is made."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_id_or_not_found
from loyalty.models import Account, Hold, LedgerEntry
from loyalty.queries.accounts import statement_of, visible_accounts
from loyalty.services.holds import LONGEST, capture_hold, place_hold, release_hold
from loyalty.services.posting import MOST_POINTS
from loyalty.services.redemption import give_points_back, redeem
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.idempotency import IdempotentPostMixin
from tenancy.strict_fields import StrictSerializer, Text, Whole

MOST_LINES = 100


class SpendIn(StrictSerializer):
    """reference: your own id of the act; sent again it has no second effect."""

    source = Text(max_length=60)
    external_id = Text(max_length=120)
    points = Whole(min_value=1, max_value=MOST_POINTS)
    reference = Text(max_length=80)
    reason = Text(max_length=200, default="", allow_blank=True)


class HoldIn(SpendIn):
    minutes = Whole(
        default=30, min_value=1, max_value=LONGEST // timedelta(minutes=1),
        help_text=_("The hold ends by itself after so long."),
    )  # fmt: skip


class PartIn(StrictSerializer):
    points = Whole(
        allow_null=True, default=None, min_value=1, max_value=MOST_POINTS,
        help_text=_("Left out: all of them."),
    )  # fmt: skip


class EntryOut(serializers.Serializer):
    """points are signed; balance is the account's after all that was posted so far."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(LedgerEntry.Kind.choices)
    points = serializers.IntegerField()
    posted_on = serializers.DateField()
    reason = serializers.CharField()
    balance = serializers.IntegerField(source="account.balance")


class HoldOut(serializers.Serializer):
    reference = serializers.SerializerMethodField()
    points = serializers.IntegerField()
    state = serializers.ChoiceField(Hold.State.choices)
    ends_at = serializers.DateTimeField()

    def get_reference(self, hold: Hold) -> str:
        return hold.idempotency_key.removeprefix("api:")


class LineOut(serializers.Serializer):
    """balance_after: right after this movement."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(LedgerEntry.Kind.choices)
    points = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    posted_on = serializers.DateField()
    reason = serializers.CharField()


_SPEND = OpenApiExample(
    "At the till",
    value={"source": "booking", "external_id": "C-1007", "points": 300, "reference": "till-5512"},
    request_only=True,
)


def _account(source: str, external_id: str) -> Account:
    """Raises NotFound for a foreign or unknown id, and where no account was opened."""
    accounts = visible_accounts(None).filter(customer=customer_id_or_not_found(source, external_id))
    account = accounts.select_related("programme").first()
    if account is None:
        raise NotFound
    return account


def _today(request: Request):
    return local_day(request._request.clinic.zone, timezone.now())


class SpendView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"POST": "loyalty.write"}
    may_be_missing = True

    @extend_schema(
        operation_id="points_redeem",
        summary="Spend a customer's points",
        request=SpendIn,
        responses={201: EntryOut},
        examples=[_SPEND],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        said = SpendIn.read(request.data)
        entry = redeem(
            account=_account(said["source"], said["external_id"]),
            points=said["points"],
            on=_today(request),
            idempotency_key=f"api:{said['reference']}",
            reason=said["reason"],
        )
        return Response(EntryOut(entry).data, status=status.HTTP_201_CREATED)


class GiveBackView(ClinicApiMixin, APIView):
    """The same again has no second effect; another number of points is refused."""

    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="points_give_back",
        summary="Give spent points back, all or some, by the reference of their redemption",
        request=PartIn,
        responses={200: EntryOut},
    )
    def post(self, request: Request, reference: str) -> Response:
        said = PartIn.read(request.data)
        entries = LedgerEntry.objects.select_related("account__programme")
        key = f"redemption:api:{reference}"
        found = entries.filter(idempotency_key=key).first() if reference.isprintable() else None
        if found is None:
            raise NotFound
        entry = give_points_back(
            redemption=found,
            on=_today(request),
            idempotency_key=f"api:{reference}",
            points=said["points"],
        )
        return Response(EntryOut(entry).data)


class HoldsView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"POST": "loyalty.write"}
    may_be_missing = True

    @extend_schema(
        operation_id="points_hold",
        summary="Keep points for a booking in progress",
        request=HoldIn,
        responses={201: HoldOut},
        examples=[_SPEND],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        said = HoldIn.read(request.data)
        hold = place_hold(
            account=_account(said["source"], said["external_id"]),
            points=said["points"],
            on=_today(request),
            at=timezone.now(),
            idempotency_key=f"api:{said['reference']}",
            lasts=timedelta(minutes=said["minutes"]),
            reason=said["reason"],
        )
        return Response(HoldOut(hold).data, status=status.HTTP_201_CREATED)


class CaptureView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="points_hold_redeem",
        summary="Redeem what was held, all or some; the rest is free again",
        request=PartIn,
        responses={200: EntryOut},
    )
    def post(self, request: Request, reference: str) -> Response:
        said = PartIn.read(request.data)
        entry = capture_hold(
            idempotency_key=_known(reference),
            on=_today(request),
            at=timezone.now(),
            points=said["points"],
        )
        return Response(EntryOut(entry).data)


class ReleaseView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="points_hold_release",
        summary="Give held points free",
        request=None,
        responses={200: HoldOut},
    )
    def post(self, request: Request, reference: str) -> Response:
        hold = release_hold(idempotency_key=_known(reference), at=timezone.now())
        return Response(HoldOut(hold).data)


def _known(reference: str) -> str:
    key = f"api:{reference}"
    if not reference.isprintable() or not Hold.objects.filter(idempotency_key=key).exists():
        raise NotFound
    return key


class StatementView(ClinicApiMixin, APIView):
    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="points_statement",
        summary="Read the last hundred movements of a customer's points, the latest first",
        responses={200: LineOut(many=True)},
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        lines = statement_of(_account(source, external_id).entries.all())[:MOST_LINES]
        return Response(LineOut(lines, many=True).data)
