from loyalty.models.benefits import ActivityClaim, Benefit, Joining
from loyalty.models.coupons import Coupon, CouponUse, Offer, OfferHoldback
from loyalty.models.holds import AdjustmentRequest, Hold
from loyalty.models.ladder import LadderDraft, LadderVersion, Tier, TierQuerySet
from loyalty.models.ledger import Account, LedgerEntry, LotUse, PointLot
from loyalty.models.member_access import MemberLink, MemberSession
from loyalty.models.programme import ProfileField, Programme, ProgrammeClosure
from loyalty.models.referrals import Referral, ReferralCode, ReferralTerms
from loyalty.models.rewards import Redemption, Reward
from loyalty.models.rules import EarnRule
from loyalty.models.tier_changes import DraftMove, TierChange, TierInvitation

__all__ = [
    "Account",
    "ActivityClaim",
    "AdjustmentRequest",
    "Benefit",
    "Coupon",
    "CouponUse",
    "DraftMove",
    "EarnRule",
    "Hold",
    "Joining",
    "LadderDraft",
    "LadderVersion",
    "LedgerEntry",
    "LotUse",
    "MemberLink",
    "MemberSession",
    "Offer",
    "OfferHoldback",
    "PointLot",
    "ProfileField",
    "Programme",
    "ProgrammeClosure",
    "Redemption",
    "Referral",
    "ReferralCode",
    "ReferralTerms",
    "Reward",
    "Tier",
    "TierChange",
    "TierInvitation",
    "TierQuerySet",
]
