"""The trail of who did what. Append-only; no personal data in `detail`."""

from django.db import models

from tenancy.models import AuditEntry, Membership


def record(
    *,
    action: str,
    by: Membership | None = None,
    label: str = "",
    subject: models.Model | None = None,
    detail: dict | None = None,
) -> AuditEntry:
    """Write one entry. by: the member who acted; label: who else ("key: booking", "command")."""
    return AuditEntry.objects.create(
        actor=by,
        actor_label=label or (str(by) if by else "system"),
        action=action,
        subject_kind=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        detail=detail or {},
    )
