"""What the desk does for a customer: a click, a confirmation, done. Undone within minutes."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from customers.models import Customer
from loyalty.models import Coupon, Offer, Redemption, Reward
from loyalty.queries.accounts import accounts_of
from loyalty.queries.activities import PROVED, doable
from loyalty.queries.picks import pick_for
from loyalty.services.activities import LONGEST_PROOF
from loyalty.services.coupon_uses import Till, use
from loyalty.services.coupons import issue_coupon
from loyalty.services.member_claims import claim_at_desk
from loyalty.services.referrals import attach
from loyalty.services.rewards import Exchange, exchange, hand_over, undo
from loyalty.views.desk import customer_or_404, visible
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.exceptions import DomainError


@requires("loyalty.redeem")
@require_POST
def desk_reward(request: HttpRequest, customer_id: int, reward_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    reward = get_object_or_404(Reward.objects.all(), pk=reward_id)
    asked = Exchange(
        customer,
        f"desk:{_key(request)}",
        timezone.now(),
        branch=request.branch,
        actor=request.membership,
    )
    done = _("Done: %(name)s for %(points)s points.") % {
        "name": reward.name, "points": reward.points}  # fmt: skip
    return _do(request, customer, done, lambda: exchange(reward=reward, asked=asked))


@requires("loyalty.redeem")
@require_POST
def desk_hand_over(request: HttpRequest, redemption_id: int) -> HttpResponse:
    redemption = _redemption_or_404(request, redemption_id)
    done = _("Handed over: %(name)s.") % {"name": redemption.reward.name}
    return _do(
        request,
        redemption.customer,
        done,
        lambda: hand_over(
            redemption=redemption,
            at=timezone.now(),
            by=request.membership,
            branch=request.branch,
        ),
    )


@requires("loyalty.redeem")
@require_POST
def desk_undo(request: HttpRequest, redemption_id: int) -> HttpResponse:
    redemption = _redemption_or_404(request, redemption_id)
    done = _("Undone. %(points)s points are back.") % {"points": redemption.points}
    return _do(
        request,
        redemption.customer,
        done,
        lambda: undo(redemption=redemption, at=timezone.now(), by=request.membership),
    )


def _redemption_or_404(request: HttpRequest, redemption_id: int) -> Redemption:
    rows = Redemption.objects.select_related("customer", "reward")
    return get_object_or_404(rows.filter(customer__in=visible(request)), pk=redemption_id)


@requires("loyalty.redeem")
@require_POST
def desk_coupon(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Use a code for this customer: one of theirs, a printed one, a word for everybody."""
    customer = customer_or_404(request, customer_id)
    text = request.POST.get("code", "")[:60]
    till = Till(timezone.now(), customer, branch=request.branch, actor=request.membership)
    key = f"desk:{_key(request)}"
    done = _("Used. It counts no more.")
    return _do(request, customer, done, lambda: use(text, till, key=key))


@requires("loyalty.redeem")
@require_POST
def desk_give(request: HttpRequest, customer_id: int, offer_id: int) -> HttpResponse:
    """Give the offer that was picked for this customer, with its reason."""
    customer = customer_or_404(request, customer_id)
    offer = get_object_or_404(Offer.objects.filter(is_pick=True, is_active=True), pk=offer_id)
    now = timezone.now()
    pick = pick_for(customer, on=local_day(request.clinic.zone, now), branch=request.branch)
    reason = pick.reason if pick and pick.offer.pk == offer.pk else ""
    done = _("Given: %(name)s.") % {"name": offer.name}
    return _do(
        request,
        customer,
        done,
        lambda: issue_coupon(
            customer=customer,
            offer=offer,
            cause=Coupon.Cause.PICK,
            key=f"pick:{offer.pk}:{customer.pk}",
            at=now,
            reason=reason,
            by=request.membership,
        ),
    )


@requires("customers.edit")
@require_POST
def desk_referrer(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    text = request.POST.get("code", "").strip()[:200].rstrip("/").rsplit("/", 1)[-1]
    done = _("Noted who brought them. Both are rewarded after the first paid visit.")
    return _do(
        request,
        customer,
        done,
        lambda: attach(friend=customer, code=text, by=request.membership, at=timezone.now()),
    )


@requires("loyalty.redeem")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk_activity(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Note what the customer did for points; a proof waits until somebody has looked at it. GET:
    what there is to do, which comes when the counter stands."""
    customer = customer_or_404(request, customer_id)
    on = local_day(request.clinic.zone, timezone.now())
    tasks = doable(accounts_of(customer), on=on)
    if request.method != "POST":
        context = {"customer": customer, "tasks": tasks, "key": str(uuid.uuid4())}
        return render(request, "loyalty/_desk_activity.html", context)
    key = _key(request)
    asked = next((t for t in tasks if str(t.rule.pk) == request.POST.get("rule")), None)
    if asked is None:
        raise Http404
    activity, proof = asked.rule.activity, request.POST.get("proof", "")[:LONGEST_PROOF]
    done = _("Noted. The points come once somebody has looked at it.")
    if activity not in PROVED:
        done = _("Noted. The points are on the account.")
    return _do(
        request,
        customer,
        done,
        lambda: claim_at_desk(
            account=asked.account,
            activity=activity,
            key=key,
            on=on,
            proof=proof,
            by=request.membership,
        ),
    )


def _key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    if not key or len(key) > 64 or not key.isascii():
        raise Http404
    return key


def _do(
    request: HttpRequest, customer: Customer, done: str, work: Callable[[], object]
) -> HttpResponse:
    """Do it, or say why not, and show the customer's counter again."""
    try:
        with transaction.atomic():
            work()
        messages.success(request, done)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("loyalty:desk-customer", customer.pk)
