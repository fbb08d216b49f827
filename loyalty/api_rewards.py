"""Rewards, coupons and the member's own facts, for the till and for the clinic's own app."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import Consent, Customer, Identity
from customers.services.consent import ConsentChange, apply_changes
from loyalty.api_shapes import (
    CheckIn,
    CheckOut,
    ClaimIn,
    CouponIn,
    LinkOut,
    MemberConsentIn,
    MemberConsentOut,
    MemberOut,
    RedemptionOut,
    RewardOut,
    UseOut,
    member_as_plain,
)
from loyalty.codes import clean
from loyalty.models import CouponUse, Redemption, Reward
from loyalty.queries.coupons import Basket
from loyalty.queries.member_facts import member_facts
from loyalty.queries.referrals import known_code
from loyalty.services import coupon_reservations, coupon_uses, member_links, rewards
from loyalty.stacking import Item
from tenancy.api_keys import ClinicApiMixin
from tenancy.clock import local_day
from tenancy.idempotency import IdempotentPostMixin

BASKET = [{"gross_minor": 98000, "treatment": "BTX"}, {"gross_minor": 30000}]
CODE = "A3C4-D6E7-F9GX"
COUPON = {
    "code": CODE, "reference": "cart-77", "source": "booking", "external_id": "C-1007",
    "sale_source": "booking", "sale_external_id": "S-90210", "items": BASKET,
}  # fmt: skip


def customer_or_not_found(source: str, external_id: str) -> Customer:
    """Raises NotFound, for a foreign id as for an unknown one."""
    if not (source + external_id).isprintable():
        raise NotFound  # NUL is no text to Postgres
    known = Identity.objects.filter(source=source, external_id=external_id)
    customer = Customer.objects.filter(pk__in=known.values("customer")).first()
    if customer is None:
        raise NotFound
    return customer


def _till(request: Request, said: dict[str, Any]) -> coupon_uses.Till:
    named = said.get("external_id", "")
    items = tuple(
        Item(one["gross_minor"], one.get("treatment", ""), one.get("category", ""))
        for one in said.get("items", [])
    )
    return coupon_uses.Till(
        timezone.now(),
        customer_or_not_found(said.get("source", ""), named) if named else None,
        basket=Basket(items, said.get("sale_source", ""), said.get("sale_external_id", "")),
    )


def _read(shape: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    return body.validated_data


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
        said = _read(ClaimIn, request)
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


class CouponCheckView(ClinicApiMixin, APIView):
    scopes = {"POST": "customers.read"}
    may_be_missing = True

    @extend_schema(
        operation_id="coupons_check",
        summary="What these codes take off a basket, together as the rules allow; changes nothing",
        request=CheckIn,
        responses={200: CheckOut},
        examples=[
            OpenApiExample(
                "One code",
                value={"codes": [CODE], "source": "booking", "external_id": "C-1007",
                       "items": BASKET},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        said = _read(CheckIn, request)
        found, refused = coupon_uses.combine(said["codes"], _till(request, said))
        left = [
            {"code": one.key, "why": one.why, "detail": coupon_uses.words_of(one),
             "missing_minor": one.missing_minor}
            for one in found.left
        ] + [
            {"code": code, "why": why.code, "detail": why.message, "missing_minor": 0}
            for code, why in refused.items()
        ]  # fmt: skip
        applied = [
            {"code": one.key, "discount_minor": one.discount_minor, "by_item": one.by_item}
            for one in found.applied
        ]
        answer = {"discount_minor": found.discount_minor, "applied": applied, "refused": left}
        return Response(CheckOut(answer).data)


class CouponTakeView(ClinicApiMixin, IdempotentPostMixin, APIView):
    """is_final: used at once; else set aside for 15 minutes."""

    scopes = {"POST": "loyalty.write"}
    may_be_missing = True

    @extend_schema(
        operation_id="coupons_use",
        summary="Use a coupon, or set it aside for a basket",
        request=CouponIn,
        responses={201: UseOut},
        examples=[OpenApiExample("At the till", value=COUPON, request_only=True)],
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().post(request, *args, **kwargs)

    def write(self, request: Request) -> Response:
        said = _read(CouponIn, request)
        take = coupon_uses.use if said["is_final"] else coupon_uses.reserve
        made = take(
            said["code"],
            _till(request, said),
            key=f"api:{said['reference']}",
            discount_minor=said.get("discount_minor"),
        )
        return Response(UseOut(made).data, status=status.HTTP_201_CREATED)


class CouponSettleView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="coupons_settle",
        summary="Use what was set aside",
        request=None,
        responses={200: UseOut},
    )
    def post(self, request: Request, use_id: int) -> Response:
        return Response(UseOut(coupon_reservations.settle(_use(use_id), at=timezone.now())).data)


class CouponReleaseView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="coupons_release",
        summary="Let go of what was set aside",
        request=None,
        responses={200: UseOut},
    )
    def post(self, request: Request, use_id: int) -> Response:
        return Response(UseOut(coupon_reservations.release(_use(use_id), at=timezone.now())).data)


def _use(use_id: int) -> CouponUse:
    found = CouponUse.objects.select_related("offer", "coupon", "customer").filter(pk=use_id)
    if (use := found.first()) is None:
        raise NotFound
    return use


class MemberView(ClinicApiMixin, APIView):
    scopes = {"GET": "customers.read"}

    @extend_schema(
        operation_id="members_read",
        summary="What a member sees: points, tier, coupons, what to fetch, rewards, consents",
        responses={200: OpenApiResponse(MemberOut, "The same as their own page.")},
    )
    def get(self, request: Request, source: str, external_id: str) -> Response:
        customer = customer_or_not_found(source, external_id)
        clinic = request._request.clinic
        facts = member_facts(customer, on=local_day(clinic.zone, timezone.now()))
        plain = member_as_plain(facts, code=known_code(customer), currency=clinic.currency)
        return Response(MemberOut(plain).data)


class MemberLinkView(ClinicApiMixin, APIView):
    scopes = {"POST": "loyalty.write"}

    @extend_schema(
        operation_id="members_link",
        summary="Make an address that opens the member's page once, within 30 minutes",
        request=None,
        responses={201: LinkOut},
    )
    def post(self, request: Request, source: str, external_id: str) -> Response:
        url = member_links.make_link(
            customer=customer_or_not_found(source, external_id), at=timezone.now()
        )
        return Response(LinkOut({"url": url}).data, status=status.HTTP_201_CREATED)


class MemberConsentView(ClinicApiMixin, APIView):
    """The newest word holds; the proof says how it can be shown."""

    scopes = {"POST": "customers.write"}

    @extend_schema(
        operation_id="members_consent",
        summary="Note a member's yes or no, said in the app",
        request=MemberConsentIn,
        responses={200: MemberConsentOut},
        examples=[
            OpenApiExample(
                "A yes",
                value={"purpose": "marketing", "channel": "email", "is_given": True,
                       "text_version": "app-3", "proof": "tap 5512"},
                request_only=True,
            )
        ],
    )  # fmt: skip
    def post(self, request: Request, source: str, external_id: str) -> Response:
        said, now = _read(MemberConsentIn, request), timezone.now()
        customer = customer_or_not_found(source, external_id)
        change = ConsentChange(customer.pk, said_at=now, **said)
        apply_changes([change], at=now, source="app")
        holds = Consent.objects.filter(
            customer=customer,
            purpose=said["purpose"],
            channel=said["channel"],
            withdrawn_at__isnull=True,
        ).exists()
        return Response(MemberConsentOut({"is_given": holds, "detail": _("Noted.")}).data)
