"""What a member sees and does. Everything is found from the member of the session."""

import uuid
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Consent
from customers.services.consent import ConsentChange, apply_changes
from loyalty.codes import shown
from loyalty.member.door import let_out, member_page
from loyalty.models import Redemption, Reward
from loyalty.qr import qr_svg
from loyalty.queries.accounts import accounts_of
from loyalty.queries.activities import Doable, claims_by, doable
from loyalty.queries.member_facts import consent_lines, history_of, member_facts
from loyalty.queries.referrals import known_code, terms_in_force
from loyalty.services.activities import LONGEST_PROOF
from loyalty.services.member_claims import claim_as_member
from loyalty.services.member_links import end_session
from loyalty.services.rewards import Exchange, exchange, undo
from tenancy.clock import local_day
from tenancy.exceptions import DomainError

TEXT_VERSION = "member-page-1"
PAGE = 30
N_CLAIMS = 20
SLOTS = {f"{p}:{c}": (p, c) for p in Consent.Purpose.values for c in Consent.Channel.values}


@require_safe
@member_page
def home(request: HttpRequest) -> HttpResponse:
    clinic, member = request.clinic, request.member
    today = local_day(clinic.zone, timezone.now())
    facts, terms = member_facts(member, on=today), terms_in_force(today)
    code = known_code(member) if terms else ""
    address = reverse("member:invitation", args=[clinic.slug, code]) if code else ""
    context = {
        "house": clinic,
        "member": member,
        "facts": facts,
        "coupons": [(one, shown(one.code), _qr(one.code)) for one in facts.coupons],
        "claims": [(one, shown(one.code), _qr(one.code)) for one in facts.claims],
        "choices": [(one, str(uuid.uuid4())) for one in facts.choices],
        "terms": terms,
        "invite": {"code": shown(code), "url": request.build_absolute_uri(address)}
        if code
        else None,
        "invite_qr": _qr(request.build_absolute_uri(address)) if code else "",
    }
    return render(request, "member/home.html", context)


def _qr(text: str) -> str:
    return qr_svg(text, _("QR code to be scanned at the desk"))


@require_safe
@member_page
def history(request: HttpRequest) -> HttpResponse:
    page = Paginator(history_of(request.member), PAGE).get_page(request.GET.get("page"))
    context = {"house": request.clinic, "member": request.member, "page": page}
    return render(request, "member/history.html", context)


@require_POST
@member_page
def claim(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Points go now; the piece waits at the desk under its code."""
    reward = get_object_or_404(Reward.objects.filter(is_active=True), pk=reward_id)
    key = request.POST.get("key", "")
    asked = Exchange(
        request.member,
        f"member:{request.member.pk}:{key[:64]}",
        timezone.now(),
        door=Redemption.Door.MEMBER,
        is_handed_over=False,
    )
    try:
        if not key:
            raise Http404
        with transaction.atomic():
            exchange(reward=reward, asked=asked)
        messages.success(request, _("It is yours. Show the code at the desk."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("member:home")


@require_POST
@member_page
def undo_claim(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """What was not fetched yet can be given back; the points return."""
    mine = Redemption.objects.filter(customer=request.member, state=Redemption.State.CLAIMED)
    redemption = get_object_or_404(mine, pk=redemption_id)
    try:
        with transaction.atomic():
            undo(redemption=redemption, at=timezone.now(), by=None)
        messages.success(request, _("Given back; your points have returned."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("member:home")


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def activities(request: HttpRequest) -> HttpResponse:
    """What earns points, and what was handed in; a person looks at it before it is paid."""
    today = local_day(request.clinic.zone, timezone.now())
    tasks = doable(accounts_of(request.member), on=today)
    if request.method == "POST":
        asked = next((t for t in tasks if str(t.rule.pk) == request.POST.get("rule")), None)
        if asked is None:
            raise Http404
        _hand_in(request, asked, today)
        return redirect("member:activities")
    context = {
        "house": request.clinic,
        "member": request.member,
        "tasks": tasks,
        "claims": claims_by(request.member)[:N_CLAIMS],
    }
    return render(request, "member/activities.html", context)


def _hand_in(request: HttpRequest, asked: Doable, today: date) -> None:
    try:
        with transaction.atomic():
            made = claim_as_member(
                account=asked.account,
                activity=asked.rule.activity,
                on=today,
                proof=request.POST.get("proof", "")[:LONGEST_PROOF],
            )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return
    if made.state == "waiting":
        messages.success(request, _("Thank you. The points come once we have looked at it."))
    else:
        messages.success(request, _("Thank you. The points are on your account."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def consents(request: HttpRequest) -> HttpResponse:
    """Every yes and no; a click changes one, with the time, the text and the session as proof."""
    if request.method == "POST":
        slot = SLOTS.get(request.POST.get("slot", ""))
        if slot is None:
            raise Http404
        _say(request, *slot, is_given=request.POST.get("say") == "yes")
        return redirect("member:consents")
    context = {
        "house": request.clinic,
        "member": request.member,
        "lines": consent_lines(request.member),
    }
    return render(request, "member/consents.html", context)


def _say(request: HttpRequest, purpose: str, channel: str, *, is_given: bool) -> None:
    now = timezone.now()
    change = ConsentChange(
        request.member.pk,
        purpose,
        channel,
        is_given,
        said_at=now,
        text_version=TEXT_VERSION,
        proof=f"member page, session {request.member_session.pk}",
    )
    apply_changes([change], at=now, source="member page")
    messages.success(request, _("Noted. It holds from now on."))


@require_POST
@member_page
def leave(request: HttpRequest) -> HttpResponse:
    end_session(request.member_session, at=timezone.now())
    return let_out(redirect("member:ask", request.clinic.slug))
