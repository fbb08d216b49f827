"""By whom messages travel, how often at most, and what nobody knows yet."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.channels.registry import KINDS, kind_of
from campaigns.models import Message, ProviderAccount, SendingRules
from campaigns.provider_forms import AccountForm, HourForm, LimitsForm, TryForm
from campaigns.services import arming, providers, unknowns
from campaigns.services.trials import TrialFailed, send_test
from tenancy.access import requires
from tenancy.exceptions import DomainError
from tenancy.services.audit import record

PAGE_SIZE = 50
MAX_SETTLED = 500
ICONS = {"email": "mail", "sms": "message-square", "wechat": "message-circle", "wecom": "users"}


@requires("settings.view")
@require_http_methods(["GET", "HEAD", "POST"])
def provider_list(request: HttpRequest) -> HttpResponse:
    """One card a channel; the limits and the price of an hour are changed here, too."""
    may_edit = "settings.edit" in request.capabilities
    rules = SendingRules.objects.first() or SendingRules()
    if request.method == "POST" and not may_edit:
        raise Http404
    is_hour = request.POST.get("card") == "hour"
    said, currency = request.POST or None, request.clinic.currency
    limits = LimitsForm(None if is_hour else said, instance=rules)
    hour = HourForm(said if is_hour else None, instance=rules, currency=currency)
    form = hour if is_hour else limits
    if form.is_bound and form.is_valid():
        form.save()
        told = (
            _("Saved. Results count calls with it.")
            if is_hour
            else _("Saved. It holds from the next message.")
        )
        messages.success(request, told)
        return redirect("providers:list")
    accounts = list(ProviderAccount.objects.order_by("channel", "-is_active", "pk"))
    channels = [
        {
            "key": value, "label": label, "icon": ICONS.get(value, "send"),
            "accounts": [_shown(one, request) for one in accounts if one.channel == value],
            "kinds": [kind for kind in KINDS.values() if kind.channel == value],
        }
        for value, label in ProviderAccount.Channel.choices
        if value != "phone"
    ]  # fmt: skip
    context = {
        "channels": channels,
        "limits": limits,
        "hour": hour,
        "is_armed": arming.may_send(),
        "n_unknown": Message.objects.filter(state=Message.State.UNKNOWN).count(),
        "tab": "providers",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/providers.html", context, status=status)


def _shown(account: ProviderAccount, request: HttpRequest) -> dict:
    kind = kind_of(account.kind, account.channel)
    return {
        "account": account,
        "kind": kind.label if kind else account.kind,
        "class": str(providers.class_of(account, account.channel)),
        "receipts_url": providers.receipts_url(account, request.clinic),
    }


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def provider_new(request: HttpRequest, kind: str) -> HttpResponse:
    found = kind_of(kind)
    if found is None:
        raise Http404
    form = AccountForm(request.POST or None, kind=found, is_new=True, initial={"name": found.label})
    if request.method == "POST" and form.is_valid():
        account = _save(request, form, found, None)
        messages.success(request, _("Saved. Send a test before the next campaign."))
        return redirect("providers:edit", account.pk)
    return _form_page(request, form, found, None)


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def provider_edit(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(ProviderAccount.objects.all(), pk=account_id)
    kind = kind_of(account.kind, account.channel)
    if kind is None:
        raise Http404
    stored = providers.credentials_of(account)
    initial = {"name": account.name, "sender": account.sender, "price": account.price_minor}
    initial |= {f"c_{one.name}": stored.get(one.name, "") for one in kind.fields
                if not one.is_secret}  # fmt: skip
    form = AccountForm(request.POST or None, kind=kind, is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        _save(request, form, kind, account)
        messages.success(request, _("Saved."))
        return redirect("providers:edit", account.pk)
    return _form_page(request, form, kind, account)


def _save(request: HttpRequest, form: AccountForm, kind, account: ProviderAccount | None):
    saved = providers.save_account(
        kind=kind,
        name=form.cleaned_data["name"],
        sender=form.cleaned_data["sender"],
        credentials=form.credentials,
        price_minor=form.cleaned_data["price"],
        account=account,
    )
    record(by=request.membership, action="provider.saved", subject=saved)
    return saved


def _form_page(
    request: HttpRequest, form: AccountForm, kind, account: ProviderAccount | None,
    trial: TryForm | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form,
        "kind": kind,
        "account": account,
        "trial": trial or (TryForm(account=account) if account else None),
        "receipts_url": account and providers.receipts_url(account, request.clinic),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/provider_form.html", context, status=status)


@requires("settings.edit")
@require_POST
def provider_test(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(ProviderAccount.objects.all(), pk=account_id)
    form = TryForm(request.POST, account=account)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors["address"])))
        return redirect("providers:edit", account.pk)
    try:
        send_test(account=account, clinic=request.clinic, address=form.cleaned_data["address"])
        messages.success(request, _("The provider took it. Look whether it arrives."))
    except TrialFailed as failed:
        messages.error(request, failed.message)
    return redirect("providers:edit", account.pk)


@requires("settings.edit")
@require_POST
def provider_state(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(ProviderAccount.objects.all(), pk=account_id)
    on = request.POST.get("on") == "1"
    providers.switch(account, on=on)
    record(by=request.membership, action="provider.saved", subject=account)
    messages.success(request, _("It carries messages from now on.") if on else _("Switched off."))
    return redirect("providers:list")


@requires("settings.edit")
@require_POST
def arm_sending(request: HttpRequest) -> HttpResponse:
    n_paused = arming.arm(clinic=request.clinic, by=request.membership)
    messages.success(
        request,
        ngettext(
            "Sending is armed. %(n)s campaign is paused: look at it, then resume it.",
            "Sending is armed. %(n)s campaigns are paused: look at them, then resume each.",
            n_paused,
        )
        % {"n": n_paused},
    )
    return redirect("providers:list")


def _unknown(request: HttpRequest):
    rows = Message.objects.filter(state=Message.State.UNKNOWN)
    if request.branch is not None:
        rows = rows.filter(customer__home_branch=request.branch)
    return rows


@requires("campaigns.launch")
@require_safe
def unknown_messages(request: HttpRequest) -> HttpResponse:
    """Messages of which nobody knows whether they went out."""
    rows = _unknown(request).select_related("customer", "campaign", "account")
    page = Paginator(rows.order_by("-handed_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "campaigns/providers_unknown.html", {"page": page})


@requires("campaigns.launch")
@require_POST
def settle_unknown(request: HttpRequest) -> HttpResponse:
    """A person says what happened: "sent", or "again" for what never went out."""
    ids = [int(pk) for pk in request.POST.getlist("message")[:MAX_SETTLED] if pk.isdecimal()]
    ids = list(_unknown(request).filter(pk__in=ids).values_list("pk", flat=True))
    said, now = request.POST.get("said"), timezone.now()
    try:
        if said == "sent":
            n = unknowns.was_sent(ids, at=now, by=request.membership)
            words = ngettext("%(n)s message noted as sent.", "%(n)s messages noted as sent.", n)
        elif said == "again":
            n = unknowns.was_not_sent(ids, at=now, by=request.membership)
            words = ngettext("%(n)s message goes out again.", "%(n)s messages go out again.", n)
        else:
            raise DomainError(_("Say whether they were sent."), code="said")
        messages.success(request, words % {"n": n})
    except DomainError as refused:
        messages.error(request, refused.message)
    return redirect("providers:unknown")
