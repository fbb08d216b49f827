"""Who gets which variant, as SQL: the same stable hash as `campaigns.arms.choose`.

A message names the variant, not the language: which of its texts somebody reads is looked up when
the message goes out (`services/words.py`).
"""

from campaigns.journeys import Stop, VariantPlan
from campaigns.models import Campaign

PLACE = "('x' || substr(md5({key} || ':' || {customer}), 1, 8))::bit(32)::bigint"


def variant_key(campaign: Campaign, step: int) -> str:
    """What the hash of a step's variants is keyed by: steps split independently."""
    return f"campaign:{campaign.pk}:step:{step}"


def variant_sql(stop: Stop, place: str) -> tuple[str, bool]:
    """(expression for the variant's id, whether it looks at `place`).

    place: SQL of the customer's place in 0 … 2^32 − 1. Only numbers of ours stand in the statement.
    """
    variants: list[VariantPlan] = [one for one in stop.variants if one.variant_id is not None]
    if not variants:
        return "NULL::bigint", False
    if len(variants) == 1:
        return str(variants[0].variant_id), False
    branches, total = [], 0
    for variant in variants:
        total += variant.share
        branches.append(f"WHEN {place} < {total * 2**32 // 100} THEN {variant.variant_id}")
    return f"CASE {' '.join(branches)} ELSE {variants[-1].variant_id} END", True
