"""What a member did for points, told or asked by the clinic's own app."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_or_not_found
from customers.models import Customer
from loyalty.api_shapes import Reference
from loyalty.models import Account, ActivityClaim, EarnRule
from loyalty.queries.accounts import accounts_of
from loyalty.queries.activities import claims_by, doable
from loyalty.refusals import NoAccount
from loyalty.services.activities import LONGEST_PROOF
from loyalty.services.member_claims import claim_by_app
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.idempotency import IdempotentPostMixin
from tenancy.strict_fields import StrictSerializer, Text

MOST_CLAIMS = 100


class ActivityIn(StrictSerializer):
    """proof: the address of a post or review; those and shared experiences wait for a person."""

    activity = serializers.ChoiceField(EarnRule.Activity.choices)
    reference = Reference()
    proof = Text(required=False, max_length=LONGEST_PROOF, default="")


class ActivityClaimOut(serializers.Serializer):
    """points: null until it is paid. refusal: why it was not."""

    activity = serializers.ChoiceField(EarnRule.Activity.choices, source="rule.activity")
    did_on = serializers.DateField()
    proof = serializers.CharField()
    state = serializers.ChoiceField(ActivityClaim.State.choices)
    points = serializers.IntegerField(source="entry.points", default=None, allow_null=True)
    refusal = serializers.CharField()


class DoableOut(serializers.Serializer):
    activity = serializers.ChoiceField(EarnRule.Activity.choices, source="rule.activity")
    programme = serializers.CharField(source="account.programme.name")
    points = serializers.IntegerField(source="rule.points")
    asks_for_proof = serializers.BooleanField()


class ActivitiesOut(serializers.Serializer):
    """What earns points today, and the last hundred claims, the newest first."""

    doable = DoableOut(many=True)
    claims = ActivityClaimOut(many=True)


class MemberActivitiesView(ClinicApiMixin, IdempotentPostMixin, APIView):
    scopes = {"GET": "customers.read", "POST": "loyalty.write"}

    @extend_schema(
        operation_id="members_activities",
        summary="Read what earns a member points today, and what they handed in",
        responses={200: ActivitiesOut},
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        customer = customer_or_not_found(source, external_id)
        found = doable(accounts_of(customer), on=_today(request))
        claims = claims_by(customer)[:MOST_CLAIMS]
        return Response(ActivitiesOut({"doable": found, "claims": claims}).data)

    @extend_schema(
        operation_id="members_activities_claim",
        summary="Claim points for something a member did",
        request=ActivityIn,
        responses={201: ActivityClaimOut},
        examples=[
            OpenApiExample(
                "A review",
                value={"activity": "review", "reference": "app-9001",
                       "proof": "https://reviews.example/7731"},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        said = ActivityIn.read(request.data)
        made = claim_by_app(
            account=_first_account(
                customer_or_not_found(self.kwargs["source"], self.kwargs["external_id"])
            ),
            activity=said["activity"],
            reference=said["reference"],
            on=_today(request),
            proof=said["proof"],
        )
        return Response(ActivityClaimOut(made).data, status=status.HTTP_201_CREATED)


def _first_account(customer: Customer) -> Account:
    """That of the default programme. Raises NoAccount."""
    accounts = accounts_of(customer)
    if not accounts:
        raise NoAccount
    return accounts[0]


def _today(request: Request) -> date:
    return local_day(request._request.clinic.zone, timezone.now())
