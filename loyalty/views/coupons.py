"""Offers: side by side, one by one, given to a segment, printed."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.codes import shown
from loyalty.models import Coupon, Offer
from loyalty.queries.offers import OUTCOME_DAYS, compare, offers_listed
from loyalty.refusals import CouponRefused, FieldRefused
from loyalty.reward_forms import IssueForm, OfferForm, PrintForm
from loyalty.services.coupons import issue_to_segment, print_codes, save_offer
from tenancy.access import requires
from tenancy.clock import local_day

PAGE = 30
CODES = 50


@requires("loyalty.view")
@require_safe
def offer_list(request: HttpRequest) -> HttpResponse:
    """All offers and what each brought."""
    page = Paginator(offers_listed(), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": compare(list(page)),
        "n_days": OUTCOME_DAYS,
        "today": local_day(request.clinic.zone, timezone.now()),
        "tab": "offers",
    }
    return render(request, "loyalty/coupons.html", context)


def _offer_or_404(offer_id: int) -> Offer:
    return get_object_or_404(offers_listed(), pk=offer_id)


@requires("loyalty.view")
@require_safe
def offer_detail(request: HttpRequest, offer_id: int) -> HttpResponse:
    return _detail(request, _offer_or_404(offer_id))


def _detail(
    request: HttpRequest,
    offer: Offer,
    *,
    issue_form: IssueForm | None = None,
    print_form: PrintForm | None = None,
) -> HttpResponse:
    coupons = Coupon.objects.filter(offer=offer).select_related("customer").order_by("-pk")
    if request.branch:
        coupons = coupons.filter(customer__home_branch=request.branch)
    page = Paginator(coupons, CODES).get_page(request.GET.get("page"))
    context = {
        "offer": offer,
        "line": compare([offer])[0],
        "n_days": OUTCOME_DAYS,
        "page": page,
        "coupons": [(one, shown(one.code)) for one in page],
        "issue_form": issue_form or IssueForm(),
        "print_form": print_form or PrintForm(initial={"key": str(uuid.uuid4())}),
    }
    status = 422 if issue_form or print_form else 200
    return render(request, "loyalty/coupon_offer.html", context, status=status)


@requires("loyalty.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def offer_edit(request: HttpRequest, offer_id: int | None = None) -> HttpResponse:
    offer = _offer_or_404(offer_id) if offer_id else None
    form = OfferForm(request.POST or None, currency=request.clinic.currency)
    form.start_from(offer or Offer(starts_on=local_day(request.clinic.zone, timezone.now())))
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_offer(terms=form.terms(), by=request.membership, offer=offer)
        except FieldRefused as refusal:
            form.show(refusal)
        else:
            messages.success(request, _("Saved: %(name)s.") % {"name": saved.name})
            return redirect("loyalty:offer", saved.pk)
    context = {"form": form, "offer": offer}
    status = 422 if form.errors else 200
    return render(request, "loyalty/coupon_edit.html", context, status=status)


@requires("loyalty.adjust")
@require_POST
def offer_issue(request: HttpRequest, offer_id: int) -> HttpResponse:
    offer, form = _offer_or_404(offer_id), IssueForm(request.POST)
    if not form.is_valid():
        return _detail(request, offer, issue_form=form)
    said = form.cleaned_data
    try:
        n_given, n_held = issue_to_segment(
            offer=offer,
            segment=said["segment"],
            at=timezone.now(),
            by=request.membership,
            holdback_rate=said["holdback_percent"] / 100,
            reason=said["reason"],
        )
    except (CouponRefused, FieldRefused) as refusal:
        form.add_error(None, refusal.message)
        return _detail(request, offer, issue_form=form)
    messages.success(
        request,
        _("Given to %(given)s customers, held back from %(held)s.")
        % {"given": n_given, "held": n_held},
    )
    return redirect("loyalty:offer", offer.pk)


@requires("loyalty.adjust")
@require_POST
def offer_print(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Make codes and hand them over as a text file, one a line; the same key gives the same."""
    offer, form = _offer_or_404(offer_id), PrintForm(request.POST)
    if not form.is_valid():
        return _detail(request, offer, print_form=form)
    said = form.cleaned_data
    try:
        made = print_codes(
            offer=offer, n=said["n"], key=said["key"], at=timezone.now(), by=request.membership
        )
    except (CouponRefused, FieldRefused) as refusal:
        form.add_error(None, refusal.message)
        return _detail(request, offer, print_form=form)
    text = "".join(f"{shown(one.code)}\r\n" for one in made)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="codes-{offer.pk}.txt"'
    return response
