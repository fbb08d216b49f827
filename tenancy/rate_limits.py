"""How many requests a key may make a minute, counted in the cache that all workers share."""

import logging
import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tenancy.models import ApiKey

WINDOW_SECONDS = 60
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a key has used of its minute, this request included."""

    limit: int
    n_used: int
    resets_in: int  # whole seconds, at least 1

    @property
    def is_within(self) -> bool:
        return self.n_used <= self.limit

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.limit - self.n_used, 0)),
            "RateLimit-Reset": str(self.resets_in),
        }


def count_request(key: ApiKey, *, now: float) -> Usage | None:
    """Count one request of a key, see `count_use`."""
    return count_use(f"api-rate:{key.prefix}", limit=settings.API_RATE_PER_MINUTE, now=now)


def count_use(what: str, *, limit: int, now: float) -> Usage | None:
    """Count one use; None when the cache is away: then nobody is turned back.

    now: seconds since 1970.
    """
    window = int(now // WINDOW_SECONDS)
    name = f"{what}:{window}"
    try:
        n_used = _counted(name)
    except (RedisError, OSError, ValueError):
        log.warning("Requests are not counted: the cache does not answer.")
        return None
    resets_in = math.ceil((window + 1) * WINDOW_SECONDS - now)
    return Usage(limit, n_used, max(resets_in, 1))


def _counted(name: str) -> int:
    """One more in this window; the first one opens it."""
    try:
        return cache.incr(name)
    except ValueError:  # nobody counted yet
        cache.add(name, 0, timeout=2 * WINDOW_SECONDS)
        return cache.incr(name)


class KeyThrottle(BaseThrottle):
    """429 with Retry-After for a key beyond its limit; ClinicApiMixin prints the headers."""

    usage: Usage | None = None

    def allow_request(self, request: Request, view) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        self.usage = view.rate_usage = count_request(request.auth, now=time.time())
        return self.usage is None or self.usage.is_within

    def wait(self) -> int | None:
        return self.usage.resets_in if self.usage else None
