"""What customers handed in for points: proofs that wait for somebody to look at them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.queries import visible_customers
from loyalty.design_forms import RefusalForm
from loyalty.models import ActivityClaim
from loyalty.services import activities
from tenancy.access import requires
from tenancy.exceptions import DomainError

PAGE = 25


def _claims(request: HttpRequest) -> Any:
    rows = ActivityClaim.objects.select_related("account__customer", "rule", "entered_by__user")
    if request.branch:
        rows = rows.filter(account__customer__in=visible_customers(request.branch))
    return rows


@requires("loyalty.view")
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    """Proofs that wait, the oldest first."""
    waiting = _claims(request).filter(state="waiting").order_by("asked_at", "pk")
    context = {
        "tab": "claims", "page": Paginator(waiting, PAGE).get_page(request.GET.get("page")),
        "decided": _claims(request).filter(decided_by__isnull=False).order_by("-decided_at")[:10],
        "refusal_form": RefusalForm(),
    }  # fmt: skip
    return render(request, "loyalty/design/claims.html", context)


@requires("loyalty.adjust")
@require_POST
def claim_decide(request: HttpRequest, claim_id: int) -> HttpResponse:
    found = get_object_or_404(_claims(request), pk=claim_id)
    by, at = request.membership, timezone.now()
    try:
        if "refuse" in request.POST:
            reason = request.POST.get("refusal", "")
            activities.refuse(claim_id=found.pk, reason=reason, by=by, at=at)
            messages.success(request, _("Refused. The reason stands with it."))
        else:
            activities.approve(claim_id=found.pk, by=by, at=at)
            messages.success(request, _("Approved: the points are on the account."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("loyalty:claims")
