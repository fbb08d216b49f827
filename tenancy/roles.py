"""Who may see and do what: the one table of roles and capabilities."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Marketing manager")
    STAFF = "staff", _("Staff")
    ANALYST = "analyst", _("Analyst")


_ALL = frozenset(Role)
_WORKING = frozenset({Role.OWNER, Role.MANAGER, Role.STAFF})
_LEADING = frozenset({Role.OWNER, Role.MANAGER})
_READING = frozenset({Role.OWNER, Role.MANAGER, Role.ANALYST})
_OWNER = frozenset({Role.OWNER})

CAPABILITIES: dict[str, frozenset[Role]] = {
    "today.view": _ALL,
    "customers.view": _ALL,
    "customers.view_contact": _WORKING,  # analysts see masked phones and e-mails
    "customers.edit": _WORKING,
    "customers.import": _LEADING,
    "customers.export": _LEADING,
    "health.view": frozenset({Role.OWNER, Role.STAFF}),  # those who treat
    "health.edit": frozenset({Role.OWNER, Role.STAFF}),
    "audit.view": _OWNER,
    "scores.view": _ALL,
    "scores.run": _LEADING,
    "segments.view": _ALL,
    "segments.edit": _LEADING,
    "tasks.work": _WORKING,
    "campaigns.view": _ALL,
    "campaigns.edit": _LEADING,
    "campaigns.launch": _LEADING,
    "loyalty.view": _ALL,
    "loyalty.redeem": _WORKING,
    "loyalty.adjust": _LEADING,  # gives and takes points like money
    "loyalty.edit": _OWNER,
    "analytics.view": _READING,
    "settings.view": _LEADING,
    "settings.edit": _OWNER,
    "members.manage": _OWNER,
    "api_keys.manage": _OWNER,
}


def capabilities_of(role: str) -> frozenset[str]:
    """Names of everything this role may do."""
    return frozenset(name for name, roles in CAPABILITIES.items() if role in roles)


API_SCOPES = {
    "customers.read": _("Read customers, their points and tier"),
    "customers.write": _("Create and update customers"),
    "appointments.write": _("Create and update appointments"),
    "sales.write": _("Create sales and refunds"),
}
