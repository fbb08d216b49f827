"""What this app itself puts into a profile."""

from collections.abc import Mapping
from typing import Any

from customers.panels import ProfilePart, register_part
from customers.queries.profile import Profile


def value_of(profile: Profile) -> Mapping[str, Any]:
    beside, spend = profile.beside, profile.spend
    has_cost = beside.cost_minor is not None
    return {
        "customer_id": profile.customer.pk,
        "spend": spend,
        "profit_minor": spend.net_minor - beside.cost_minor if has_cost else None,
        "brought": beside.brought,
        "mode": beside.mode,
        "leanings": beside.leanings,
    }


def due_of(profile: Profile) -> Mapping[str, Any] | None:
    return {"next": profile.due[0]} if profile.due else None


def packages_of(profile: Profile) -> Mapping[str, Any] | None:
    packages = profile.beside.packages
    return {"packages": packages, "customer_id": profile.customer.pk} if packages else None


def contacts_of(profile: Profile) -> Mapping[str, Any]:
    return {"channels": profile.beside.channels}


def files_of(profile: Profile) -> Mapping[str, Any] | None:
    beside = profile.beside
    if not beside.n_files:
        return None
    return {
        "files": beside.files,
        "n_files": beside.n_files,
        "n_medical": beside.n_medical,
        "customer_id": profile.customer.pk,
    }


def register_own_parts() -> None:
    for key, context, slot, template, order in (
        ("due", due_of, "badge", "customers/_due_badge.html", 60),
        ("packages", packages_of, "now", "customers/_packages_card.html", 15),
        ("spend", value_of, "now", "customers/_spend_card.html", 20),
        ("contact", contacts_of, "now", "customers/_contact_card.html", 70),
        ("files", files_of, "now", "customers/_files_card.html", 80),
    ):
        register_part(ProfilePart(key, context, {slot: template}, order=order))
