"""Rewards for the till and for the clinic's own app: the catalogue, and what is exchanged."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_or_not_found
from loyalty.api_shapes import ClaimIn, RedemptionOut, RewardOut
from loyalty.codes import clean
from loyalty.models import Redemption, Reward
from loyalty.services import rewards
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.idempotency import IdempotentPostMixin


class RewardsView(ClinicApiMixin, APIView):
    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="rewards_list",
        summary="Read the rewards on offer today",
        responses={200: RewardOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        today = local_day(request._request.clinic.zone, timezone.now())
        found = Reward.objects.on_offer(today).select_related("min_tier", "branch")
        return Response(RewardOut(found, many=True).data)


class RewardClaimView(ClinicApiMixin, IdempotentPostMixin, APIView):
    """The points go at once; is_handed_over says whether the customer has it in their hands."""

    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="rewards_redeem",
        summary="Exchange points for a reward",
        request=ClaimIn,
        responses={201: RedemptionOut},
        examples=[
            OpenApiExample(
                "From the app",
                value={
                    "source": "booking",
                    "external_id": "C-1007",
                    "reference": "app-5512",
                    "is_handed_over": False,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        said = ClaimIn.read(request.data)
        reward = Reward.objects.filter(pk=self.kwargs["reward_id"]).first()
        if reward is None:
            raise NotFound
        asked = rewards.Exchange(
            customer_or_not_found(said["source"], said["external_id"]),
            f"api:{said['reference']}",
            timezone.now(),
            door=Redemption.Door.API,
            is_handed_over=said["is_handed_over"],
        )
        made = rewards.exchange(reward=reward, asked=asked)
        return Response(RedemptionOut(made).data, status=status.HTTP_201_CREATED)


class HandOverView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="redemptions_hand_over",
        summary="Hand over what was claimed from afar, by its code",
        request=None,
        responses={200: RedemptionOut},
    )
    def post(self, request: Request, code: str) -> Response:
        made = _redemption(code)
        done = rewards.hand_over(redemption=made, at=timezone.now(), by=None)
        return Response(RedemptionOut(done).data)


class UndoView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="redemptions_undo",
        summary="Undo a redemption: within 15 minutes, or while it was not fetched",
        request=None,
        responses={200: RedemptionOut},
    )
    def post(self, request: Request, code: str) -> Response:
        done = rewards.undo(redemption=_redemption(code), at=timezone.now(), by=None)
        return Response(RedemptionOut(done).data)


def _redemption(code: str) -> Redemption:
    cleaned = clean(code)
    found = Redemption.objects.select_related("reward", "customer").filter(code=cleaned).first()
    if found is None:
        raise NotFound
    return found
