from loyalty.models.coupons import Coupon, CouponUse, Offer, OfferHoldback
from loyalty.models.holds import AdjustmentRequest, Hold
from loyalty.models.ladder import Tier, TierQuerySet
from loyalty.models.ledger import Account, LedgerEntry, LotUse, PointLot
from loyalty.models.member_access import MemberLink, MemberSession
from loyalty.models.programme import EarnRule, Programme
from loyalty.models.referrals import Referral, ReferralCode, ReferralTerms
from loyalty.models.rewards import Redemption, Reward
from loyalty.models.tier_changes import TierChange

__all__ = [
    "Account",
    "AdjustmentRequest",
    "Coupon",
    "CouponUse",
    "EarnRule",
    "Hold",
    "LedgerEntry",
    "LotUse",
    "MemberLink",
    "MemberSession",
    "Offer",
    "OfferHoldback",
    "PointLot",
    "Programme",
    "Redemption",
    "Referral",
    "ReferralCode",
    "ReferralTerms",
    "Reward",
    "Tier",
    "TierChange",
    "TierQuerySet",
]
