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
    "customers.erase": _OWNER,  # the rights of the person: everything, no, erased
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
    "connections.manage": _OWNER,  # stored events hold names and phones
}

CAPABILITY_WORDS = {
    "today.view": _("See the day: calls, appointments, figures"),
    "customers.view": _("See customers and their story"),
    "customers.view_contact": _("See phones and e-mail addresses unmasked"),
    "customers.edit": _("Change customers, write notes"),
    "customers.import": _("Import files"),
    "customers.export": _("Export customers"),
    "customers.erase": _("Tell everything to a person, withdraw all consents, erase them"),
    "health.view": _("See health data"),
    "health.edit": _("Change health data"),
    "audit.view": _("See who did what"),
    "scores.view": _("See scores"),
    "scores.run": _("Score now"),
    "segments.view": _("See segments"),
    "segments.edit": _("Make and change segments"),
    "tasks.work": _("Work on calls"),
    "campaigns.view": _("See campaigns"),
    "campaigns.edit": _("Plan campaigns"),
    "campaigns.launch": _("Send campaigns"),
    "loyalty.view": _("See points and tiers"),
    "loyalty.redeem": _("Redeem points"),
    "loyalty.adjust": _("Give and take points by hand"),
    "loyalty.edit": _("Change the programme and its tiers"),
    "analytics.view": _("See analytics and campaign results"),
    "settings.view": _("See the settings"),
    "settings.edit": _("Change the settings"),
    "members.manage": _("Let people in and out"),
    "api_keys.manage": _("Make and revoke API keys"),
    "connections.manage": _("Connect other systems"),
}


def capabilities_of(role: str) -> frozenset[str]:
    """Names of everything this role may do."""
    return frozenset(name for name, roles in CAPABILITIES.items() if role in roles)


API_SCOPES = {
    "customers.read": _("Read customers, their points and tier"),
    "customers.write": _("Create and update customers"),
    "appointments.read": _("Read appointments"),
    "appointments.write": _("Create and update appointments"),
    "sales.read": _("Read sales and refunds"),
    "sales.write": _("Create sales and refunds"),
    "interactions.read": _("Read calls, messages and other touches"),
    "interactions.write": _("Record calls, messages and other touches"),
    "adverse_events.read": _("Read that something went wrong after a treatment, never the words"),
    "adverse_events.write": _("Note adverse events and say that they are over"),
    "treatments.read": _("Read the treatment catalogue"),
    "treatments.write": _("Create and update treatments of the catalogue"),
    "loyalty.write": _("Redeem rewards, use coupons, let members in"),
    "scores.read": _("Read scores and how good they are"),
    "scores.run": _("Ask for new scores"),
    "campaigns.read": _("Read campaigns and their figures"),
    "campaigns.write": _("Begin campaigns as drafts"),
    "campaigns.send": _("Launch, pause, resume and cancel campaigns"),
    "segments.read": _("Read segments and who is in them"),
    "results.read": _("Read what campaigns and experiments brought"),
}
