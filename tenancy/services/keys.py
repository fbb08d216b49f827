"""API keys of a clinic: made once, shown once, revoked for good."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenancy.api_keys import KEY_GENERATOR
from tenancy.exceptions import DomainError
from tenancy.models import ApiKey, Clinic
from tenancy.roles import API_SCOPES
from tenancy.scope import current_clinic_id


@transaction.atomic
def create_api_key(
    *, name: str, scopes: list[str] | None = None, expires_at: datetime | None = None
) -> tuple[str, ApiKey]:
    """A new key of the current clinic: its text, to be shown once, and the stored record.

    Raises DomainError for an unknown scope, an empty name or a name already in use.
    """
    wanted = list(API_SCOPES) if scopes is None else scopes
    unknown = sorted(set(wanted) - set(API_SCOPES))
    if unknown or not wanted:
        known = ", ".join(API_SCOPES)
        raise DomainError(
            _("Unknown scope %(unknown)s. Known: %(known)s.")
            % {"unknown": ", ".join(unknown) or "—", "known": known},
            code="scope_unknown",
        )
    if not name.strip():
        raise DomainError(_("A key needs a name."), code="name_missing")
    _lock_clinic()
    if ApiKey.objects.filter(name=name).exists():
        raise DomainError(
            _("There is a key named %(name)s already.") % {"name": name}, code="name_taken"
        )
    text, prefix, hashed = KEY_GENERATOR.generate()
    key = ApiKey.objects.create(
        name=name, prefix=prefix, hashed_key=hashed, scopes=wanted, expires_at=expires_at
    )
    return text, key


def _lock_clinic() -> None:
    Clinic.objects.select_for_update().get(pk=current_clinic_id())


def revoke_api_key(*, key: ApiKey) -> None:
    """The key opens nothing from now on; revoking twice changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
