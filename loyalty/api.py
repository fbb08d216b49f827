from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_id_or_not_found
from loyalty.queries.standings import Standing, standing_of
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day


class TierOut(serializers.Serializer):
    name = serializers.CharField()
    since_on = serializers.DateField()


class NextExpiryOut(serializers.Serializer):
    """Points that end on that day; they can be spent until the day before."""

    expires_on = serializers.DateField()
    points = serializers.IntegerField()


class NextTierOut(serializers.Serializer):
    name = serializers.CharField()
    min_spend_minor = serializers.IntegerField()
    missing_minor = serializers.IntegerField()


class ProgressOut(serializers.Serializer):
    """Net spend in the window, and the next tier; none on the top rung."""

    spend_minor = serializers.IntegerField()
    window_days = serializers.IntegerField()
    next_tier = NextTierOut(allow_null=True)


class LoyaltyOut(serializers.Serializer):
    """Below zero the customer owes points after a refund; the next purchases pay them first.

    Of the balance, pending points wait for the end of the refund window and held ones are kept for
    bookings; spendable is the rest.
    """

    source = serializers.CharField()
    external_id = serializers.CharField()
    balance = serializers.IntegerField()
    spendable = serializers.IntegerField()
    pending = serializers.IntegerField()
    held = serializers.IntegerField()
    currency = serializers.CharField()
    tier = TierOut(allow_null=True)
    next_expiry = NextExpiryOut(allow_null=True)
    progress = ProgressOut(allow_null=True)


EXAMPLE = OpenApiExample(
    "A member",
    value={
        "source": "booking", "external_id": "C-1007", "balance": 1280, "spendable": 900,
        "pending": 300, "held": 80, "currency": "CNY",
        "tier": {"name": "Jade", "since_on": "2026-05-01"},
        "next_expiry": {"expires_on": "2027-03-01", "points": 300},
        "progress": {
            "spend_minor": 650000, "window_days": 365,
            "next_tier": {"name": "Gold", "min_spend_minor": 2000000, "missing_minor": 1350000},
        },
    },
)  # fmt: skip


class LoyaltyView(ClinicApiMixin, APIView):
    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="loyalty_retrieve",
        summary="Read a customer's points, tier and progress",
        responses={200: OpenApiResponse(LoyaltyOut, "Where they stand.", examples=[EXAMPLE])},
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        customer_id = customer_id_or_not_found(source, external_id)
        clinic = request._request.clinic
        standing = standing_of(customer_id, on=local_day(clinic.zone, timezone.now()))
        named = {"source": source, "external_id": external_id, "currency": clinic.currency}
        return Response(LoyaltyOut(named | _as_plain(standing)).data)


def _as_plain(standing: Standing | None) -> dict:
    if standing is None:
        return {
            "balance": 0,
            "spendable": 0,
            "pending": 0,
            "held": 0,
            "tier": None,
            "next_expiry": None,
            "progress": None,
        }
    account, above = standing.account, standing.next_tier
    return {
        "balance": account.balance,
        "spendable": standing.spendable_points,
        "pending": standing.pending_points,
        "held": account.held,
        "tier": account.tier and {"name": account.tier.name, "since_on": account.tier_since_on},
        "next_expiry": standing.next_expiry,
        "progress": {
            "spend_minor": standing.spend_minor,
            "window_days": standing.window_days,
            "next_tier": above
            and {
                "name": above.name,
                "min_spend_minor": above.min_spend_minor,
                "missing_minor": standing.missing_minor,
            },
        },
    }
