"""What a booking screen shows of a customer, in one call."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_id_or_not_found
from customers.models import Consent, Customer
from customers.queries import Profile, profile_of, with_profile
from loyalty.api import TierOut
from loyalty.models import Account
from loyalty.queries.accounts import visible_accounts
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.models import Clinic


class DueOut(serializers.Serializer):
    """A treatment that is to be repeated: usually due on due_on, between from_on and until_on."""

    name = serializers.CharField()
    last_on = serializers.DateField()
    due_on = serializers.DateField()
    from_on = serializers.DateField()
    until_on = serializers.DateField()


class WarningsOut(serializers.Serializer):
    """Only that there is something; what it is stands in the clinic's own record."""

    has_allergy = serializers.BooleanField()
    has_contraindication = serializers.BooleanField()


class RemindersOut(serializers.Serializer):
    """Where the customer agreed to be reminded of an appointment."""

    email = serializers.BooleanField()
    sms = serializers.BooleanField()
    phone = serializers.BooleanField()
    wechat = serializers.BooleanField()


class NextAppointmentOut(serializers.Serializer):
    id = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    status = serializers.CharField()


class BookingCardOut(serializers.Serializer):
    id = serializers.IntegerField(help_text=_("Our id of the customer."))
    name = serializers.CharField()
    balance = serializers.IntegerField(help_text=_("Points; below zero the customer owes."))
    tier = TierOut(allow_null=True)
    has_priority_booking = serializers.BooleanField()
    warnings = WarningsOut()
    reminders = RemindersOut()
    next_appointment = NextAppointmentOut(allow_null=True)
    due = DueOut(many=True, help_text=_("Soonest first."))


EXAMPLE = OpenApiExample(
    "A member",
    value={
        "id": 42, "name": "王小明", "balance": 1280,
        "tier": {"name": "Gold", "since_on": "2026-05-01"}, "has_priority_booking": True,
        "warnings": {"has_allergy": True, "has_contraindication": False},
        "reminders": {"email": True, "sms": False, "phone": False, "wechat": False},
        "next_appointment": None,
        "due": [{"name": "Botulinum toxin", "last_on": "2026-05-20", "due_on": "2026-09-17",
                 "from_on": "2026-08-18", "until_on": "2026-10-17"}],
    },
    response_only=True,
)  # fmt: skip
DESCRIBED: dict[str, Any] = {
    "summary": "What a booking screen shows of a customer",
    "responses": {200: OpenApiResponse(BookingCardOut, "The card.", examples=[EXAMPLE])},
}


class BookingCardView(ClinicApiMixin, APIView):
    """By our id; of somebody merged into another it is the other's, and says so by its id."""

    scopes = {"GET": "customers.read"}

    @extend_schema(operation_id="booking_cards_read", **DESCRIBED)
    def get(self, request: Request, customer_id: int) -> Response:
        known = Customer.with_merged.filter(pk=customer_id).values_list("pk", "merged_into")
        found = known.first()
        if found is None:
            raise NotFound
        pk, survivor = found
        return _card(request, survivor or pk)


class NamedBookingCardView(ClinicApiMixin, APIView):
    """By your own id."""

    scopes = {"GET": "customers.read"}

    @extend_schema(operation_id="booking_cards_find", **DESCRIBED)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return _card(request, customer_id_or_not_found(source, external_id))


def _card(request: Request, pk: int) -> Response:
    clinic: Clinic = request._request.clinic
    today = local_day(clinic.zone, timezone.now())
    customer = with_profile(Customer.objects.filter(pk=pk), clinic=clinic, until=today).first()
    if customer is None:
        raise NotFound
    profile = profile_of(customer, clinic=clinic, today=today, in_clear=False)
    account = visible_accounts(None).filter(customer=pk).select_related("tier").first()
    return Response(BookingCardOut(_as_plain(profile, account)).data)


def _as_plain(profile: Profile, account: Account | None) -> dict[str, Any]:
    tier = account.tier if account else None
    channels = Consent.Channel.values
    return {
        "id": profile.customer.pk,
        "name": profile.customer.name,
        "balance": account.balance if account else 0,
        "tier": tier and {"name": tier.name, "since_on": account.tier_since_on},
        "has_priority_booking": bool(tier and tier.has_priority_booking),
        "warnings": profile.warnings,
        "reminders": {name: profile.has_consent(name, purpose="care") for name in channels},
        "next_appointment": profile.next_appointment,
        "due": profile.due,
    }
