"""Tags, notes and consents by hand; every change leaves a trace. Fields: services/records.py."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, CustomerTag, Note, Tag
from customers.services import consent
from customers.services.consent import ConsentChange
from customers.services.timeline import record_event
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

LONGEST_TAG = 60
MOST_TAGS = 50


@transaction.atomic
def add_tag(*, customer: Customer, name: str, by: Membership) -> Tag:
    """Tag a customer; the tag is made when nobody used it before. Raises DomainError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_TAG:
        raise DomainError(
            _("A tag has 1 to %(n)s characters.") % {"n": LONGEST_TAG}, code="tag_refused"
        )
    if customer.tag_links.count() >= MOST_TAGS:
        raise DomainError(_("%(n)s tags are enough for one customer.") % {"n": MOST_TAGS})
    tag = Tag.objects.filter(name__iexact=name).first()
    if tag is None:
        tag, _made = Tag.objects.get_or_create(name=name)
    _link, is_new = CustomerTag.objects.get_or_create(customer=customer, tag=tag)
    if is_new:
        record(action="customer.tagged", by=by, subject=customer, detail={"tag": tag.pk})
    return tag


@transaction.atomic
def remove_tag(*, customer: Customer, tag_id: int, by: Membership) -> bool:
    """Take a tag from a customer; whether it was there."""
    n_removed, _by_model = CustomerTag.objects.filter(customer=customer, tag=tag_id).delete()
    if n_removed:
        record(action="customer.untagged", by=by, subject=customer, detail={"tag": tag_id})
    return bool(n_removed)


@transaction.atomic
def add_note(*, customer: Customer, text: str, by: Membership, at: datetime) -> Note:
    """Write a note and put it into the story."""
    note = Note.objects.create(customer=customer, author=by, text=text, written_at=at)
    record_event(
        kind="note.added", customer=customer, occurred_at=at, source_key=f"note:{note.pk}", at=at
    )
    return note


@transaction.atomic
def change_consent(
    *, customer: Customer, purpose: str, channel: str, is_given: bool, by: Membership, at: datetime
) -> bool:
    """The customer said yes or no to somebody at the desk; whether that changed anything."""
    change = consent.give if is_given else consent.withdraw
    changed = change(customer=customer, purpose=purpose, channel=channel, at=at, source="desk")
    if changed:
        action = "consent.given" if is_given else "consent.withdrawn"
        detail = {"purpose": purpose, "channel": channel}
        record(action=action, by=by, subject=customer, detail=detail)
    return changed


@transaction.atomic
def note_consent(*, change: ConsentChange, source: str, by: Membership, at: datetime) -> None:
    """A yes or no with its day, text and proof. source: how it was said, such as "paper".

    Raises DomainError when it changes nothing: a yes that is there already, a no without a yes, or
    one that something later has overtaken.
    """
    [effect] = consent.apply_changes([change], at=at, source=source)
    if effect == "outdated":
        raise DomainError(_("There is a later no. A yes counts only if it was said after it."))
    if effect == "unchanged" and change.is_given:
        raise DomainError(_("This consent is given already. Withdraw it first to note a new one."))
    if effect == "unchanged":
        raise DomainError(_("There was no yes on that day that could be withdrawn."))
    subject = Customer.objects.get(pk=change.customer_id)
    detail = {"purpose": change.purpose, "channel": change.channel, "source": source}
    action = "consent.given" if change.is_given else "consent.withdrawn"
    record(action=action, by=by, subject=subject, detail=detail)
