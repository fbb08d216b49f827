"""Who is held out of a campaign: a stable hash of campaign and customer, the same for ever.

The rule, to be repeated anywhere: the first eight hexadecimal digits of md5('<key>:<customer id>')
read as a whole number below 2^32; the customer is held out when it is below holdout_rate × 2^32.
Both sides are exact, so Postgres agrees to the last customer:

    ('x' || substr(md5(%(key)s || ':' || customer_id), 1, 8))::bit(32)::bigint
        < %(holdout_rate)s::float8 * 4294967296

Raising the rate only adds customers to the holdout; two campaigns split independently.
"""

from hashlib import md5

import numpy as np

HASH_SPAN = 2**32


def assign(campaign_key: str, customer_ids: np.ndarray, holdout_rate: float) -> np.ndarray:
    """True where the customer is held out, one bool an id, in the order given.

    Raises ValueError when holdout_rate is not within 0–1.
    """
    if not 0 <= holdout_rate <= 1:
        raise ValueError(f"holdout_rate: must be within 0 and 1, got {holdout_rate}.")
    return positions(campaign_key, customer_ids) < holdout_rate * HASH_SPAN


def positions(campaign_key: str, customer_ids: np.ndarray) -> np.ndarray:
    """Each customer's place in 0 … 2^32 − 1 for this campaign."""
    ids = np.asarray(customer_ids)
    if ids.size and ids.dtype.kind not in "iu":
        raise ValueError(f"customer_ids: needs whole numbers, got {ids.dtype}.")
    start = md5(f"{campaign_key}:".encode(), usedforsecurity=False)
    places = np.empty(len(ids), np.int64)
    for place, customer_id in enumerate(ids.tolist()):
        digest = start.copy()
        digest.update(b"%d" % customer_id)
        places[place] = int.from_bytes(digest.digest()[:4], "big")
    return places


def choose(key: str, customer_ids: np.ndarray, shares: tuple[int, ...]) -> np.ndarray:
    """Which variant each customer gets: places in `shares` (percent, summing to 100), one an id.

    The same rule: the first whose running total of shares lies above the customer's place. Postgres
    says it with whole numbers: place < total × 2^32 ÷ 100, rounded down.
    """
    if sum(shares) != 100:
        raise ValueError(f"shares: must add up to 100, got {shares}.")
    limits = np.cumsum(shares) * HASH_SPAN // 100
    return np.searchsorted(limits, positions(key, customer_ids), side="right")
