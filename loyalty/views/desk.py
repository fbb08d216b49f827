"""Reception with one hand: find or scan, then all that this customer can have now."""

import uuid
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customers.models import Customer
from customers.queries import instant_search, visible_customers
from loyalty.codes import clean, shown
from loyalty.models import Redemption
from loyalty.qr import qr_svg
from loyalty.queries.coupons import find_code
from loyalty.queries.member_facts import member_facts
from loyalty.queries.picks import pick_for
from loyalty.queries.rewards import UNDO_FOR, may_undo, recent_redemptions
from loyalty.refusals import CodeMistyped, CodeUnknown
from loyalty.services.member_links import make_link
from loyalty.services.referrals import owner_of
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.services.audit import record

N_RECENT = 5


@requires("loyalty.redeem")
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The search, and what it found; a code leads straight to whose it is."""
    text = request.GET.get("q", "").strip()[:100]
    found = _found(request, text) if text else {}
    context = {"q": text, **found}
    if request.htmx:
        return render(request, "loyalty/_desk_found.html", context)
    if found.get("customer") and not found.get("coupon"):
        return redirect("loyalty:desk-customer", found["customer"].pk)
    context["recent"] = recent_redemptions(visible(request) if request.branch else None)[:N_RECENT]
    return render(request, "loyalty/desk.html", context)


def _found(request: HttpRequest, text: str) -> dict:
    """What a typed or scanned text is: a claim, a coupon, a friend's code, else customers."""
    code = clean(text.rstrip("/").rsplit("/", 1)[-1])  # a scanned invitation is an address
    mine = Redemption.objects.filter(code=code, customer__in=visible(request))
    if claim := mine.select_related("customer", "reward").first():
        return {"claim": claim, "customer": claim.customer, "may_undo": _may_undo(claim)}
    try:
        coupon = find_code(code)
        owner = coupon.coupon.customer if coupon.coupon else None
        if owner is None or visible(request).filter(pk=owner.pk).exists():
            return {"coupon": coupon, "customer": owner}
    except CodeUnknown:
        pass
    except CodeMistyped as slip:
        has_digit = any(sign.isdigit() for sign in code)
        if has_digit and not code.isdigit():
            return {"slip": slip.message}
    try:
        owner = owner_of(code)
        if visible(request).filter(pk=owner.pk).exists():
            return {"customer": owner, "is_referral": True}
    except (CodeUnknown, CodeMistyped):
        pass
    in_clear = "customers.view_contact" in request.capabilities
    return {"customers": instant_search(text, branch=request.branch, by_number=in_clear)}


def visible(request: HttpRequest) -> QuerySet[Customer]:
    return visible_customers(request.branch)


def _undone_from() -> datetime:
    return timezone.now() - UNDO_FOR


def _may_undo(redemption: Redemption) -> bool:
    return may_undo(redemption, at=timezone.now())


def customer_or_404(request: HttpRequest, customer_id: int) -> Customer:
    return get_object_or_404(visible(request), pk=customer_id)


@requires("loyalty.redeem")
@never_cache
@require_safe
def desk_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """All one customer can have now, each a click and a confirmation away."""
    customer = customer_or_404(request, customer_id)
    on = local_day(request.clinic.zone, timezone.now())
    facts = member_facts(customer, on=on)
    lately = recent_redemptions().filter(customer=customer, handed_over_at__gte=_undone_from())
    context = {
        "customer": customer,
        "facts": facts,
        "choices": [(one, str(uuid.uuid4())) for one in facts.choices if _is_here(request, one)],
        "coupons": [(one, shown(one.code), str(uuid.uuid4())) for one in facts.coupons],
        "claims": [(one, shown(one.code)) for one in facts.claims],
        "done": lately.filter(state=Redemption.State.HANDED_OVER)[:N_RECENT],
        "key": str(uuid.uuid4()),
    }
    return render(request, "loyalty/desk_customer.html", context)


@requires("loyalty.redeem")
@never_cache
@require_safe
def desk_pick(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The offer that suits this customer, with its reason; it comes when the counter stands."""
    customer = customer_or_404(request, customer_id)
    on = local_day(request.clinic.zone, timezone.now())
    pick = pick_for(customer, on=on, branch=request.branch)
    return render(request, "loyalty/_desk_pick.html", {"customer": customer, "pick": pick})


def _is_here(request: HttpRequest, choice) -> bool:
    branch = request.branch
    return branch is None or choice.reward.branch_id in (None, branch.pk)


@requires("loyalty.redeem")
@never_cache
@require_POST
def desk_member_link(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The way to the member's page as a QR code, for the customer's own phone, once."""
    customer = customer_or_404(request, customer_id)
    url = make_link(customer=customer, at=timezone.now(), by=request.membership)
    record(action="member_link.made", by=request.membership, subject=customer)
    context = {"customer": customer, "qr": qr_svg(url, _("QR code of the member page"))}
    return render(request, "loyalty/desk_link.html", context)
