"""What every page's frame shows: where one can go, in which clinic, and how it looks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenancy.roles import Role

THEMES = ("system", "light", "dark")
RAILS = ("open", "folded")
N_BOTTOM_PLACES = 4  # and «More»


@dataclass(frozen=True)
class Place:
    """One entry of the rail; `prefix` says which addresses belong to it."""

    label: str | Promise
    url: str
    icon: str
    capability: str
    bottom_rank: int  # order in the phone's bottom bar, smallest first

    def is_active(self, path: str) -> bool:
        return path == "/" if self.url == "/" else path.startswith(self.url)


PLACES = (
    Place(_("Today"), "/", "sun", "today.view", 0),
    Place(_("Customers"), "/customers/", "users", "customers.view", 1),
    Place(_("Segments"), "/segments/", "shapes", "segments.view", 4),
    Place(_("Campaigns"), "/campaigns/", "send", "campaigns.view", 2),
    Place(_("Loyalty"), "/loyalty/", "gem", "loyalty.view", 5),
    Place(_("Analytics"), "/analytics/", "chart-line", "analytics.view", 3),
    Place(_("Settings"), "/settings/", "settings", "settings.view", 6),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor for `base.html`; works signed out and outside any clinic too."""
    capabilities = getattr(request, "capabilities", frozenset())
    places = [place for place in PLACES if place.capability in capabilities]
    ranked = sorted(places, key=lambda place: place.bottom_rank)
    return {
        "clinic": getattr(request, "clinic", None),
        "branch": getattr(request, "branch", None),
        "branches": getattr(request, "branches", []),
        "membership": getattr(request, "membership", None),
        "memberships": getattr(request, "memberships", []),
        "capabilities": capabilities,
        "places": places,
        "bottom_places": ranked[:N_BOTTOM_PLACES],
        "more_places": ranked[N_BOTTOM_PLACES:],
        "active_place": next((p for p in places if p.is_active(request.path)), None),
        "theme": _cookie(request, "theme", THEMES),
        "rail": _cookie(request, "rail", RAILS),
        "is_demo": settings.DEMO,
        "demo_logins": [(login, Role(login.role).label) for login in settings.DEMO_LOGINS],
    }


def _cookie(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    value = request.COOKIES.get(name, "")
    return value if value in allowed else allowed[0]
