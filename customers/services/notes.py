"""Notes after they were written: changed and deleted by their author, pinned by anybody."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, Note, NoteVersion
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record


class NotTheAuthor(DomainError):
    code = "not_the_author"


class NoteGone(DomainError):
    code = "note_deleted"


@transaction.atomic
def change_note(*, note: Note, text: str, by: Membership, at: datetime) -> Note:
    """Set the text; what it said before is kept. Raises NotTheAuthor, NoteGone."""
    locked = _own(note, by)
    if locked.text == text:
        return locked
    _keep(locked, by, at)
    locked.text, locked.changed_at = text, at
    locked.save(update_fields=["text", "changed_at"])
    record(action="note.changed", by=by, subject=locked)
    return locked


@transaction.atomic
def delete_note(*, note: Note, by: Membership, at: datetime) -> None:
    """Take the text from the story; that there was one, and whose, stays told.

    Raises NotTheAuthor, NoteGone.
    """
    locked = _own(note, by)
    _keep(locked, by, at)
    locked.text, locked.deleted_at, locked.is_pinned = "", at, False
    locked.save(update_fields=["text", "deleted_at", "is_pinned"])
    record(action="note.deleted", by=by, subject=locked)


@transaction.atomic
def pin_note(*, note: Note, is_pinned: bool, by: Membership) -> None:
    """Put a note on top of the profile, in place of any other, or take it down. Raises NoteGone."""
    locked = _standing(note)
    notes = Note.objects.filter(customer=locked.customer_id)
    notes.filter(is_pinned=True).update(is_pinned=False)
    if is_pinned:
        notes.filter(pk=locked.pk).update(is_pinned=True)
    record(action="note.pinned" if is_pinned else "note.unpinned", by=by, subject=locked)


def _standing(note: Note) -> Note:
    """Locked after its customer, so that two who pin wait for each other."""
    Customer.objects.select_for_update(of=("self",)).get(pk=note.customer_id)
    locked = Note.objects.select_for_update(of=("self",)).get(pk=note.pk)
    if locked.deleted_at:
        raise NoteGone(_("This note was deleted."))
    return locked


def _own(note: Note, by: Membership) -> Note:
    locked = _standing(note)
    if locked.author_id != by.pk:
        raise NotTheAuthor(_("Only who wrote a note may change it."))
    return locked


def _keep(note: Note, by: Membership, at: datetime) -> None:
    NoteVersion.objects.create(note=note, text=note.text, replaced_by=by, replaced_at=at)
