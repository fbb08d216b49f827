"""Coupons for the till: what codes take off a basket, used at once or set aside first."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api_names import customer_or_not_found
from loyalty.api_shapes import CheckIn, CheckOut, CouponIn, UseOut
from loyalty.models import CouponUse
from loyalty.queries.coupons import Basket
from loyalty.services import coupon_reservations, coupon_uses
from loyalty.stacking import Item
from tenancy.api_keys import ClinicApiMixin
from tenancy.idempotency import IdempotentPostMixin

BASKET = [{"gross_minor": 98000, "treatment": "BTX"}, {"gross_minor": 30000}]
CODE = "A3C4-D6E7-F9GX"
COUPON = {
    "code": CODE, "reference": "cart-77", "source": "booking", "external_id": "C-1007",
    "sale_source": "booking", "sale_external_id": "S-90210", "items": BASKET,
}  # fmt: skip


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
        said = CheckIn.read(request.data)
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
        said = CouponIn.read(request.data)
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
