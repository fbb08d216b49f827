"""Sources of a clinic: opened, closed, their secrets replaced, their mapping changed."""

from datetime import datetime, timedelta
from secrets import token_urlsafe

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from customers.models import Source, SourceSecret
from customers.services.inbound.mapping import STANDARD, Mapping
from customers.services.intake.batch import MAX_SOURCE
from tenancy.exceptions import DomainError
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.webhook_signatures import new_secret

OLD_SECRET_HOLDS_FOR = timedelta(hours=24)


@transaction.atomic
def open_source(*, name: str) -> tuple[str, Source]:
    """A new source with the standard mapping: its secret, to be shown once, and the source.

    Raises DomainError for a name that is empty, too long or taken.
    """
    cleaned = name.strip()
    if not cleaned or len(cleaned) > MAX_SOURCE or not cleaned.isprintable():
        raise DomainError(_("The source needs a name of 1 to 60 characters."), code="source")
    Clinic.objects.select_for_update(no_key=True).get(pk=current_clinic_id())
    if Source.objects.filter(name=cleaned).exists():
        raise DomainError(
            _("There is a source named %(name)s already.") % {"name": cleaned}, code="name_taken"
        )
    source = Source.objects.create(
        name=cleaned, token=token_urlsafe(18), mapping=STANDARD.as_json()
    )
    return _add_secret(source), source


@transaction.atomic
def replace_secret(*, source: Source, at: datetime) -> str:
    """A new secret, to be shown once; the one before stays good for a day, older ones for less."""
    ends_at = at + OLD_SECRET_HOLDS_FOR
    holding = SourceSecret.objects.filter(source=source)
    holding.filter(expires_at__lte=at).delete()
    holding.filter(expires_at__isnull=True).update(expires_at=ends_at)
    return _add_secret(source)


def _add_secret(source: Source) -> str:
    text = new_secret()
    SourceSecret.objects.create(source=source, text=text)
    return text


def secrets_of(source: Source, *, at: datetime) -> list[str]:
    """What the source may sign with now."""
    rows = SourceSecret.objects.filter(source=source)
    usable = rows.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))
    return [secret.text for secret in usable]


def set_open(*, source: Source, is_open: bool) -> None:
    """A closed source's address answers as if it were unknown; what came before stays."""
    Source.objects.filter(pk=source.pk).update(is_open=is_open)


def change_mapping(*, source: Source, mapping: Mapping) -> None:
    """How events are read from now on; parked ones are read anew when they are replayed."""
    Source.objects.filter(pk=source.pk).update(mapping=mapping.as_json())


def note_refusal(*, source: Source, code: str, at: datetime) -> None:
    """Somebody knew the address and had no good signature."""
    Source.objects.filter(pk=source.pk).update(
        n_refused=F("n_refused") + 1, last_refused_at=at, last_refusal=code
    )
