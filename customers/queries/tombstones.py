"""Whether somebody who comes in by a file or a booking system asked to be erased before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from customers.models import Tombstone

Key = TypeVar("Key")
AT_ONCE = 5_000


def erased_among(digests: Mapping[Key, Iterable[str]]) -> dict[Key, datetime]:
    """Newcomer → when that person was erased, for those who were."""
    if not digests or not Tombstone.objects.exists():
        return {}
    of: dict[str, list[Key]] = {}
    for newcomer, told in digests.items():
        for digest in told:
            of.setdefault(digest, []).append(newcomer)
    found: dict[Key, datetime] = {}
    wanted = list(of)
    for start in range(0, len(wanted), AT_ONCE):
        rows = Tombstone.objects.filter(digest__in=wanted[start : start + AT_ONCE])
        for digest, erased_at in rows.values_list("digest", "erased_at"):
            found |= dict.fromkeys(of[digest], erased_at)
    return found
