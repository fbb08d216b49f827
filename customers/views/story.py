"""What the desk adds to a story: contacts, changed and pinned notes, what somebody leans to."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import CustomerTrait, Interaction, Note, NoteVersion
from customers.services import interactions, notes, traits
from customers.story_forms import InteractionForm, NoteTextForm, TraitForm
from customers.views.form_dialog import back_to_profile, form_dialog
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def log_interaction(request: HttpRequest, customer_id: int) -> HttpResponse:
    """`?kind=call` or `?kind=message` says what is most likely."""
    customer = customer_or_404(request, customer_id)
    kind = request.GET.get("kind", "call")
    channel = Interaction.Channel.PHONE if kind == "call" else Interaction.Channel.WECHAT
    form = InteractionForm(
        request.POST or None,
        zone=request.clinic.zone,
        now=timezone.now(),
        initial={"kind": kind, "channel": channel, "direction": "out"},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data | {"key": str(form.cleaned_data["key"])}
        try:
            interactions.log_interaction(
                customer=customer, by=request.membership, at=timezone.now(), **said
            )
        except DomainError as refusal:
            return back_to_profile(request, customer, refusal.message, is_bad=True)
        return back_to_profile(request, customer, _("Written down."))
    title = _("Log a message") if kind == "message" else _("Log a call")
    return form_dialog(request, customer, form, title=title, submit=_("Write it down"))


def _note(request: HttpRequest, customer_id: int, note_id: int) -> Note:
    customer = customer_or_404(request, customer_id)
    rows = Note.objects.select_related("customer").filter(customer=customer)
    return get_object_or_404(rows, pk=note_id)


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def note_change(request: HttpRequest, customer_id: int, note_id: int) -> HttpResponse:
    note = _note(request, customer_id, note_id)
    if note.author_id != request.membership.pk:
        raise PermissionDenied("customers.edit")
    form = NoteTextForm(request.POST or None, initial={"text": note.text})
    if request.method == "POST" and form.is_valid():
        try:
            notes.change_note(
                note=note, text=form.cleaned_data["text"], by=request.membership, at=timezone.now()
            )
        except DomainError as refusal:
            return back_to_profile(request, note.customer, refusal.message, is_bad=True)
        return back_to_profile(request, note.customer, _("The note was changed."))
    return form_dialog(
        request, note.customer, form, title=_("Change the note"), submit=_("Save the note"),
        lead=_("What it said before stays readable in its history."),
    )  # fmt: skip


@requires("customers.edit")
@require_POST
def note_delete(request: HttpRequest, customer_id: int, note_id: int) -> HttpResponse:
    note = _note(request, customer_id, note_id)
    if note.author_id != request.membership.pk:
        raise PermissionDenied("customers.edit")
    try:
        notes.delete_note(note=note, by=request.membership, at=timezone.now())
    except DomainError as refusal:
        return back_to_profile(request, note.customer, refusal.message, is_bad=True)
    return back_to_profile(request, note.customer, _("The note was deleted."))


@requires("customers.edit")
@require_POST
def note_pin(request: HttpRequest, customer_id: int, note_id: int) -> HttpResponse:
    note = _note(request, customer_id, note_id)
    is_pinned = request.POST.get("pinned") == "yes"
    try:
        notes.pin_note(note=note, is_pinned=is_pinned, by=request.membership)
    except DomainError as refusal:
        return back_to_profile(request, note.customer, refusal.message, is_bad=True)
    return back_to_profile(
        request, note.customer, _("Pinned on top.") if is_pinned else _("No longer pinned.")
    )


@requires("customers.view")
@require_safe
def note_history(request: HttpRequest, customer_id: int, note_id: int) -> HttpResponse:
    """Every text a note had, newest first; of a deleted one only for its author and owners."""
    note = _note(request, customer_id, note_id)
    is_open = not note.deleted_at or "settings.edit" in request.capabilities
    if not is_open and note.author_id != request.membership.pk:
        raise PermissionDenied("settings.edit")
    versions = NoteVersion.objects.filter(note=note).select_related("replaced_by__user")
    context = {"note": note, "customer": note.customer, "versions": versions}
    name = "_note_history" if request.htmx else "note_history"
    return render(request, f"customers/{name}.html", context)


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def trait_change(request: HttpRequest, customer_id: int, aspect: str) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    known = CustomerTrait.Aspect(aspect)
    form = TraitForm(request.POST or None, aspect=aspect)
    if request.method == "POST" and form.is_valid():
        traits.say(
            customer=customer, aspect=aspect, value=form.cleaned_data["value"],
            by=request.membership, at=timezone.now(),
        )  # fmt: skip
        return back_to_profile(request, customer, _("Saved."))
    return form_dialog(request, customer, form, title=known.label, submit=_("Save"))
