"""One customer: who they are, their story, and what to do now."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from customers import panels
from customers.forms import NoteForm
from customers.models import Consent, Customer
from customers.profile_actions import actions_of
from customers.queries import Profile, profile_of, timeline_page, visible_customers, with_profile
from customers.queries.merged import resolve
from customers.queries.timeline import GROUPS, CursorRefused, TimelinePage
from customers.views.listing import clinic_day, sees_contacts
from tenancy.access import requires
from tenancy.services.audit import record

ASKED_CONSENTS = (
    (Consent.Purpose.MARKETING, Consent.Channel.EMAIL),
    (Consent.Purpose.MARKETING, Consent.Channel.SMS),
    (Consent.Purpose.MARKETING, Consent.Channel.PHONE),
    (Consent.Purpose.MARKETING, Consent.Channel.WECHAT),
    (Consent.Purpose.CARE, Consent.Channel.PHONE),
)


def customer_or_404(request: HttpRequest, customer_id: int) -> Customer:
    """A customer this reader may see; any other is as unknown as one who never was."""
    return get_object_or_404(visible_customers(request.branch), pk=customer_id)


def is_visible(request: HttpRequest, other: Customer | None) -> bool:
    """May this reader open that customer's page?"""
    if other is None:
        return False
    return request.branch is None or other.home_branch_id == request.branch.pk


def merged_into(request: HttpRequest, customer_id: int) -> int | None:
    """The customer, visible to this reader, who stands for one that was merged; else None."""
    stands = resolve(customer_id)
    if stands is None or stands == customer_id:
        return None
    return stands if visible_customers(request.branch).filter(pk=stands).exists() else None


def profile_or_404(request: HttpRequest, customer_id: int) -> Profile:
    """The same with everything the page tells of them."""
    today = clinic_day(request)
    known = with_profile(visible_customers(request.branch), clinic=request.clinic, until=today)
    return profile_of(
        get_object_or_404(known, pk=customer_id),
        clinic=request.clinic,
        today=today,
        in_clear=sees_contacts(request),
    )


def consent_rows(profile: Profile) -> list[dict[str, Any]]:
    """The consents a desk asks for, with what was said; other ones ever given follow."""
    said = {(mark.purpose, mark.channel): mark for mark in profile.consents}
    slots = dict.fromkeys([(str(p), str(c)) for p, c in ASKED_CONSENTS] + sorted(said))
    return [
        {
            "purpose": purpose,
            "channel": channel,
            "purpose_label": Consent.Purpose(purpose).label,
            "channel_label": Consent.Channel(channel).label,
            "mark": said.get((purpose, channel)),
        }
        for purpose, channel in slots
    ]


@requires("customers.view")
@require_safe
def customer_detail(request: HttpRequest, customer_id: int) -> HttpResponse:
    try:
        profile = profile_or_404(request, customer_id)
    except Http404:
        if stands := merged_into(request, customer_id):
            return redirect("customers:detail", stands)
        raise
    customer = profile.customer
    record(action="customer.viewed", by=request.membership, subject=customer)
    context = {
        "profile": profile,
        "customer": customer,
        "consents": consent_rows(profile),
        "referrer_is_visible": is_visible(request, customer.referrer),
        "parts": panels.parts_of(profile, request.capabilities),
        "actions": actions_of(profile, request.capabilities),
        "note_form": NoteForm(),
        **timeline_context(request, customer),
    }
    return render(request, "customers/detail.html", context)


@requires("customers.view")
@require_safe
def timeline(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A page of the story for htmx: `?kind=sales` starts it, `?cursor=…` goes on."""
    customer = customer_or_404(request, customer_id)
    context = {"customer": customer, **timeline_context(request, customer)}
    name = "_timeline_entries" if request.GET.get("cursor") else "_timeline"
    return render(request, f"customers/{name}.html", context)


def timeline_context(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Raises Http404 for a kind or cursor that we never gave."""
    group = request.GET.get("kind", "")
    if group and group not in GROUPS:
        raise Http404("There is no such kind of event.")
    try:
        story: TimelinePage = timeline_page(
            customer.pk,
            group=group,
            cursor=request.GET.get("cursor", ""),
            zone=request.clinic.zone,
            sees_health="health.view" in request.capabilities,
        )
    except CursorRefused:
        raise Http404("This page of the story does not exist.") from None
    return {"story": story, "story_group": group, "story_groups": GROUPS}
