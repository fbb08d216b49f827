"""How variants divide the customers of a step: whole percents that always add up to 100."""

from collections.abc import Mapping


def divided(shares: Mapping[str, int], room: int) -> dict[str, int]:
    """These shares made to add up to `room`, in the proportion they had; evenly, had they none.

    By largest remainder; of equal ones the first by name gets the odd percent.
    """
    total = sum(shares.values())
    weights = shares if total else dict.fromkeys(shares, 1)
    total = total or len(shares)
    whole = {name: room * weight // total for name, weight in weights.items()}
    left = room - sum(whole.values())
    rest = sorted(weights, key=lambda name: (-(room * weights[name] % total), name))
    return {name: n + (name in rest[:left]) for name, n in whole.items()}
