"""One account like a bank statement, and the two things the desk does with it."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loyalty.book_files import statement_file
from loyalty.book_forms import TransferForm
from loyalty.exceptions import InsufficientPoints
from loyalty.forms import AdjustForm, ConfirmForm, RedeemForm
from loyalty.models import Account, Hold, LedgerEntry, TierChange
from loyalty.queries.accounts import accounts_in_sight, spendable_points, statement_of
from loyalty.queries.standings import Standing, stand
from loyalty.services.adjustment import adjust, ask_adjustment, exceeds_limit
from loyalty.services.awards import open_account
from loyalty.services.redemption import redeem
from loyalty.services.transfers import family_of, transfer
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.exceptions import DomainError

PAGE = 50


def account_or_404(request: HttpRequest, account_id: int) -> Account:
    """An account this reader may see; any other is as unknown as one that never was."""
    accounts = accounts_in_sight(request.branch).select_related("customer", "programme", "tier")
    return get_object_or_404(accounts, pk=account_id)


@requires("loyalty.view")
@require_safe
def account_detail(request: HttpRequest, account_id: int) -> HttpResponse:
    return _page(request, account_id)


def _standings(request: HttpRequest, account_id: int) -> list[Standing]:
    """This account first, then the customer's others; one query."""
    mine = Account.objects.filter(pk=account_id).values("customer")
    accounts = accounts_in_sight(request.branch).filter(customer__in=mine)
    found = stand(accounts.order_by("pk"), on=local_day(request.clinic.zone, timezone.now()))
    if account_id not in [one.account.pk for one in found]:
        raise Http404
    return sorted(found, key=lambda one: one.account.pk != account_id)


def _page(
    request: HttpRequest,
    account_id: int,
    *,
    redeem_form: Form | None = None,
    adjust_form: Form | None = None,
    transfer_form: Form | None = None,
) -> HttpResponse:
    """The statement; with a form that was refused, the same page saying why."""
    standing, *elsewhere = _standings(request, account_id)
    account = standing.account
    pages = Paginator(statement_of(account.entries.all()), PAGE)
    pages.count = account.n_entries or 0
    page = pages.get_page(request.GET.get("page"))
    context = {"account": account, "page": page, "standing": standing, "elsewhere": elsewhere}
    refused = redeem_form or adjust_form or transfer_form
    if request.htmx and refused is None:
        return render(request, "loyalty/_statement.html", context)
    changes = TierChange.objects.filter(account=account).select_related("old_tier", "new_tier")
    context |= {
        "tier_changes": changes[:5],
        "redeem_form": redeem_form or RedeemForm(prefix="redeem"),
        "adjust_form": adjust_form or AdjustForm(prefix="adjust"),
        "holds": Hold.objects.open().filter(account=account, ends_at__gt=timezone.now()),
        "requests": account.requests.filter(state="waiting").select_related("asked_by__user"),
    }
    if account.programme.allows_transfers:
        context["transfer_form"] = transfer_form or _transfer_form(account, None)
    status = 422 if refused else 200
    return render(request, "loyalty/account.html", context, status=status)


@requires("loyalty.redeem")
@require_POST
def redeem_points(request: HttpRequest, account_id: int) -> HttpResponse:
    account = account_or_404(request, account_id)
    form = RedeemForm(request.POST, prefix="redeem")
    if form.is_valid():
        asked, today = form.cleaned_data["points"], local_day(request.clinic.zone, timezone.now())
        spendable = max(spendable_points(account.pk, on=today), 0)
        if asked > spendable:
            refusal = InsufficientPoints(points=asked, balance=spendable)
            form.add_error("points", refusal.message)
    if not form.is_valid():
        return _page(request, account.pk, redeem_form=form)
    return _confirm_or_do(request, account, form, redeem, sign=-1)


@requires("loyalty.adjust")
@require_POST
def adjust_points(request: HttpRequest, account_id: int) -> HttpResponse:
    account = account_or_404(request, account_id)
    form = AdjustForm(request.POST, prefix="adjust")
    if not form.is_valid():
        return _page(request, account.pk, adjust_form=form)
    return _confirm_or_do(request, account, form, adjust, sign=1)


def _confirm_or_do(
    request: HttpRequest,
    account: Account,
    form: Form,
    service: Callable[..., LedgerEntry],
    *,
    sign: int,
) -> HttpResponse:
    """The first click shows what will happen; the second, carrying the key, does it once."""
    points = sign * form.cleaned_data["points"]
    confirmed = ConfirmForm(request.POST)
    if not confirmed.is_valid():
        context = {
            "account": account,
            "form": form,
            "is_redemption": sign < 0,
            "points": points,
            "balance_after": account.balance + points,
            "value_minor": round(abs(points) * account.programme.point_value_minor),
            "needs_second": sign > 0 and exceeds_limit(account.programme, points),
            "key": uuid.uuid4().hex,
        }
        return render(request, "loyalty/confirm.html", context)
    key, now = confirmed.cleaned_data["key"], timezone.now()
    asked = {"account": account, "idempotency_key": key, **form.cleaned_data}
    try:
        if sign > 0 and exceeds_limit(account.programme, points):
            ask_adjustment(asked_by=request.membership, at=now, **asked)
            messages.success(request, _("Asked. A second person decides; nothing is posted yet."))
            return redirect("loyalty:account", account.pk)
        service(on=local_day(request.clinic.zone, now), actor=request.membership, **asked)
    except DomainError as refusal:
        form.add_error("points", refusal.message)
        which = "redeem_form" if sign < 0 else "adjust_form"
        return _page(request, account.pk, **{which: form})
    messages.success(request, _("Done. The statement shows it."))
    return redirect("loyalty:account", account.pk)


@requires("loyalty.redeem")
@require_POST
def transfer_points(request: HttpRequest, account_id: int) -> HttpResponse:
    account = account_or_404(request, account_id)
    form = _transfer_form(account, request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        receiver = open_account(programme=account.programme, customer_id=asked["receiver"].pk)
        try:
            transfer(
                giver=account,
                receiver=receiver,
                points=asked["points"],
                on=local_day(request.clinic.zone, timezone.now()),
                reason=asked["reason"],
                idempotency_key=asked["key"],
                actor=request.membership,
            )
            messages.success(request, _("Done. The statement shows it."))
            return redirect("loyalty:account", account.pk)
        except DomainError as refusal:
            form.add_error("points", refusal.message)
    return _page(request, account.pk, transfer_form=form)


def _transfer_form(account: Account, data: QueryDict | None) -> TransferForm:
    family = family_of(account.customer_id)
    initial = {"key": uuid.uuid4().hex}
    return TransferForm(data, prefix="transfer", family=family, initial=initial)


@requires("loyalty.view")
@require_safe
def statement(request: HttpRequest, account_id: int) -> HttpResponse:
    """The whole statement as CSV, the oldest entry first."""
    account = account_or_404(request, account_id)
    entries = statement_of(account.entries.all()).order_by("posted_on", "pk")
    headers = {"Content-Disposition": f'attachment; filename="statement-{account.pk}.csv"'}
    body = statement_file(entries).encode("utf-8-sig")
    return HttpResponse(body, content_type="text/csv", headers=headers)
