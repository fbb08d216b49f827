from loyalty.models.ladder import Tier, TierQuerySet
from loyalty.models.ledger import Account, LedgerEntry, PointLot
from loyalty.models.programme import EarnRule, Programme
from loyalty.models.tier_changes import TierChange

__all__ = [
    "Account",
    "EarnRule",
    "LedgerEntry",
    "PointLot",
    "Programme",
    "Tier",
    "TierChange",
    "TierQuerySet",
]
