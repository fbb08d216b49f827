"""Adverse events for other systems: that there is one, noted and over; never the words."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.adverse_event_forms import LONGEST_WORDS, OLDEST_DAYS
from customers.models import AdverseEvent, Customer, Identity, Treatment
from customers.services import adverse_events
from tenancy.api_keys import ClinicApiMixin
from tenancy.api_pages import BeforeIn, page_before
from tenancy.clock import local_day
from tenancy.idempotency import IdempotentPostMixin
from tenancy.models import Membership
from tenancy.strict_fields import Day, Instant, StrictSerializer, Text

LARGEST_ID = 2**63 - 1


class EventListIn(BeforeIn):
    is_open = serializers.BooleanField(required=False, allow_null=True, default=None)


class EventIn(StrictSerializer):
    source = Text(max_length=60)
    external_id = Text(max_length=120)
    happened_on = Day()
    words = Text(max_length=LONGEST_WORDS, help_text=gettext_lazy("Kept sealed, never told again."))
    treatment = Text(
        max_length=40, required=False, help_text=gettext_lazy("Its code in the catalogue.")
    )
    follower = Text(
        max_length=254, required=False,
        help_text=gettext_lazy(
            "E-mail of the member who looks after it; without it the customer's consultant."
        ),
    )  # fmt: skip


class CloseIn(StrictSerializer):
    outcome = Text(max_length=LONGEST_WORDS, help_text=gettext_lazy("How it ended. Kept sealed."))


class EventOut(serializers.Serializer):
    """customer: our id. closed_at: null while it is open; then nothing is advertised to them."""

    id = serializers.IntegerField()
    customer = serializers.IntegerField(source="customer_id")
    treatment = serializers.CharField(source="treatment.code", default=None, allow_null=True)
    happened_on = serializers.DateField()
    follower = serializers.CharField()
    noted_at = Instant()
    closed_at = Instant(allow_null=True)


class EventPageOut(serializers.Serializer):
    results = EventOut(many=True)
    next_before = serializers.IntegerField(allow_null=True)


NOTED = OpenApiExample(
    "Noted by the medical record system",
    value={
        "source": "booking", "external_id": "C-1007", "happened_on": "2026-05-01",
        "words": "Swelling of the left eyelid", "treatment": "PICO",
        "follower": "nurse@clinic.example",
    },
    request_only=True,
)  # fmt: skip


class EventsView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"GET": "adverse_events.read", "POST": "adverse_events.write"}
    may_be_missing = True

    @extend_schema(
        operation_id="adverse_events_list",
        summary="Read that something went wrong after treatments, newest first, page by page",
        parameters=[EventListIn],
        responses={200: OpenApiResponse(EventPageOut, "A page.")},
    )
    def get(self, request: Request) -> Response:
        asked = EventListIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        rows = AdverseEvent.objects.select_related("treatment", "follower__user")
        if wanted["is_open"] is not None:
            rows = rows.filter(closed_at__isnull=wanted["is_open"])
        page, more = page_before(rows, wanted)
        return Response(EventPageOut({"results": page, "next_before": more}).data)

    @extend_schema(
        operation_id="adverse_events_create",
        summary="Note that something went wrong: from now on nothing is advertised to the customer",
        request=EventIn,
        responses={201: OpenApiResponse(EventOut, "The event.")},
        examples=[NOTED],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        body = EventIn(data=request.data)
        body.is_valid(raise_exception=True)
        said, now = body.validated_data, timezone.now()
        _check_day(said["happened_on"], local_day(request._request.clinic.zone, now))
        known = Identity.objects.filter(source=said["source"], external_id=said["external_id"])
        customer = Customer.objects.filter(pk__in=known.values("customer")).first()
        if customer is None:
            raise NotFound
        follower = _follower(said.get("follower"), customer)
        event = adverse_events.note_event(
            customer=customer, treatment=_treatment(said.get("treatment")), words=said["words"],
            happened_on=said["happened_on"], follower=follower, by=follower, at=now,
            actor_label=_label(request),
        )  # fmt: skip
        return Response(EventOut(event).data, status=status.HTTP_201_CREATED)


class CloseView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"POST": "adverse_events.write"}

    @extend_schema(
        operation_id="adverse_events_close",
        summary="Say that it is over, in the name of who looked after it",
        request=CloseIn,
        responses={200: OpenApiResponse(EventOut, "The event.")},
        examples=[OpenApiExample("Healed", value={"outcome": "Gone"}, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        body = CloseIn(data=request.data)
        body.is_valid(raise_exception=True)
        event_id = self.kwargs["event_id"]
        if event_id > LARGEST_ID:
            raise NotFound
        try:
            event = adverse_events.close_by_key(
                event_id=event_id, outcome=body.validated_data["outcome"], at=timezone.now(),
                actor_label=_label(request),
            )  # fmt: skip
        except AdverseEvent.DoesNotExist:
            raise NotFound from None
        return Response(EventOut(event).data)


def _check_day(day, today) -> None:
    if day > today:
        raise ValidationError({"happened_on": [_("This day has not come yet.")]})
    if (today - day).days > OLDEST_DAYS:
        raise ValidationError({"happened_on": [_("This is more than ten years ago.")]})


def _treatment(code: str | None) -> Treatment | None:
    if code is None:
        return None
    found = Treatment.objects.filter(code=code).first()
    if found is None:
        raise ValidationError({"treatment": [_("No treatment of the catalogue has this code.")]})
    return found


def _follower(email: str | None, customer: Customer) -> Membership:
    members = Membership.objects.filter(is_active=True)
    if email is not None:
        found = members.filter(user__email__iexact=email).first()
        refusal = _("No member of the clinic has this e-mail address.")
    else:
        found = members.filter(pk=customer.consultant_id).first()
        refusal = _("This customer has no consultant: say who looks after it.")
    if found is None:
        raise ValidationError({"follower": [refusal]})
    return found


def _label(request: Request) -> str:
    return f"{request.auth.name} (API)"
