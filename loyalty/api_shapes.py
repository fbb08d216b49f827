"""What the API of rewards, coupons and members takes and gives."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import Consent
from loyalty.api import NextExpiryOut, NextTierOut, TierOut
from loyalty.codes import shown
from loyalty.models import CouponUse, Redemption
from loyalty.queries.member_facts import MemberFacts, consent_lines
from tenancy.strict_fields import Minor, StrictSerializer, Text, YesNo


class Reference(Text):
    """Your own id of the act: sent again it has no second effect."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, **kwargs)


class RewardOut(serializers.Serializer):
    """stock: pieces left, null without limit. Days are local; ends_on is the last."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    points = serializers.IntegerField()
    money_minor = serializers.IntegerField()
    stock = serializers.IntegerField(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    min_tier = serializers.CharField(source="min_tier.name", default=None, allow_null=True)
    branch = serializers.CharField(source="branch.code", default=None, allow_null=True)


class ClaimIn(StrictSerializer):
    source = Text(max_length=60)
    external_id = Text(max_length=120)
    reference = Reference()
    is_handed_over = YesNo(default=False)


class RedemptionOut(serializers.Serializer):
    code = serializers.SerializerMethodField()
    reward = serializers.CharField(source="reward.name")
    points = serializers.IntegerField()
    money_minor = serializers.IntegerField()
    state = serializers.ChoiceField(Redemption.State.choices)
    claimed_at = serializers.DateTimeField()

    def get_code(self, made: Redemption) -> str:
        return shown(made.code)


class ItemIn(StrictSerializer):
    """One line of a basket: full price for the whole quantity, before coupons."""

    gross_minor = Minor()
    treatment = Text(required=False, max_length=60, allow_blank=True)
    category = Text(required=False, max_length=80, allow_blank=True)

    def validate_gross_minor(self, amount: int) -> int:
        if amount < 0:
            raise serializers.ValidationError(_("A price cannot be below zero."))
        return amount


class BasketIn(StrictSerializer):
    source = Text(required=False, max_length=60)
    external_id = Text(required=False, max_length=120)
    sale_source = Text(required=False, max_length=60)
    sale_external_id = Text(required=False, max_length=120)
    items = ItemIn(many=True, required=False, max_length=200)


class CheckIn(BasketIn):
    codes = serializers.ListField(child=Text(max_length=60), min_length=1, max_length=20)


class CouponIn(BasketIn):
    """discount_minor: what the check of several gave this one; else it is worked out alone."""

    code = Text(max_length=60)
    reference = Reference()
    is_final = YesNo(default=True)
    discount_minor = Minor(required=False)


class AppliedOut(serializers.Serializer):
    code = serializers.CharField()
    discount_minor = serializers.IntegerField()
    by_item = serializers.ListField(child=serializers.IntegerField())


class RefusedOut(serializers.Serializer):
    code = serializers.CharField()
    why = serializers.CharField()
    detail = serializers.CharField()
    missing_minor = serializers.IntegerField()


class CheckOut(serializers.Serializer):
    discount_minor = serializers.IntegerField()
    applied = AppliedOut(many=True)
    refused = RefusedOut(many=True)


class UseOut(serializers.Serializer):
    """discount_back_minor: the part of the discount that refunds took back."""

    id = serializers.IntegerField()
    offer = serializers.CharField(source="offer.name")
    state = serializers.ChoiceField(CouponUse.State.choices)
    discount_minor = serializers.IntegerField()
    discount_back_minor = serializers.IntegerField()
    reserved_until_at = serializers.DateTimeField(allow_null=True)


class CouponOut(serializers.Serializer):
    code = serializers.CharField()
    offer = serializers.CharField()
    reason = serializers.CharField()
    ends_on = serializers.DateField(allow_null=True)


class ChoiceOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    points = serializers.IntegerField()
    money_minor = serializers.IntegerField()
    is_open = serializers.BooleanField()
    missing_points = serializers.IntegerField()


class StandingConsentOut(serializers.Serializer):
    purpose = serializers.ChoiceField(Consent.Purpose.choices)
    channel = serializers.ChoiceField(Consent.Channel.choices)
    is_given = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)


class MemberOut(serializers.Serializer):
    """spendable: points that can be used now; pending: earned, until the time for refunds ends."""

    balance = serializers.IntegerField()
    spendable = serializers.IntegerField()
    pending = serializers.IntegerField()
    currency = serializers.CharField()
    tier = TierOut(allow_null=True)
    next_tier = NextTierOut(allow_null=True)
    expiries = NextExpiryOut(many=True)
    coupons = CouponOut(many=True)
    to_fetch = RedemptionOut(many=True)
    rewards = ChoiceOut(many=True)
    referral_code = serializers.CharField(allow_blank=True)
    consents = StandingConsentOut(many=True)


class LinkOut(serializers.Serializer):
    url = serializers.URLField()


class MemberConsentIn(StrictSerializer):
    purpose = serializers.ChoiceField(Consent.Purpose.choices)
    channel = serializers.ChoiceField(Consent.Channel.choices)
    is_given = YesNo()
    text_version = Text(required=False, max_length=40, default="")
    proof = Text(required=False, max_length=200, default="")


class MemberConsentOut(serializers.Serializer):
    is_given = serializers.BooleanField()
    detail = serializers.CharField()


def member_as_plain(facts: MemberFacts, *, code: str, currency: str) -> dict[str, Any]:
    standing = facts.standing
    account, above = (standing.account, standing.next_tier) if standing else (None, None)
    return {
        "balance": account.balance if account else 0,
        "spendable": facts.spendable,
        "pending": facts.pending,
        "currency": currency,
        "tier": account
        and account.tier
        and {"name": account.tier.name, "since_on": account.tier_since_on},
        "next_tier": above
        and {
            "name": above.name,
            "min_spend_minor": above.min_spend_minor,
            "missing_minor": standing.missing_minor,
        },
        "expiries": facts.expiries,
        "coupons": [
            {
                "code": shown(one.code),
                "offer": one.offer.name,
                "reason": one.reason,
                "ends_on": one.ends_on,
            }
            for one in facts.coupons
        ],
        "to_fetch": facts.claims,
        "rewards": [
            {
                "id": one.reward.pk,
                "name": one.reward.name,
                "points": one.reward.points,
                "money_minor": one.reward.money_minor,
                "is_open": one.is_open,
                "missing_points": one.missing_points,
            }
            for one in facts.choices
        ],
        "referral_code": shown(code),
        "consents": consent_lines(facts.customer),
    }
