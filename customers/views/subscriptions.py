"""Settings → Connections: systems that we tell of events, and every delivery."""

import json

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.connection_access import managing
from customers.connection_forms import ConfirmForm, SubscriptionForm
from customers.models import Delivery, Subscription
from customers.queries.connections import deliveries_of, subscription_health
from customers.services.outgoing import keeping, subscriptions
from customers.services.outgoing.kinds import OUTGOING
from tenancy.exceptions import DomainError
from tenancy.services.audit import record

PAGE_SIZE = 25
_SHOW = {"all", *Delivery.State.values}
_FIELD_OF = {"name": "name", "name_taken": "name", "kinds": "kinds"}


def _subscription(subscription_id: int) -> Subscription:
    return get_object_or_404(Subscription.objects.all(), pk=subscription_id)


def _refuse(form: SubscriptionForm, error: DomainError) -> None:
    form.add_error(_FIELD_OF.get(error.code, "url"), error.message)


@managing
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_new(request: HttpRequest) -> HttpResponse:
    form = SubscriptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            secret, made = subscriptions.subscribe(**form.cleaned_data)
        except DomainError as error:
            _refuse(form, error)
        else:
            record(by=request.membership, action="subscription.made", subject=made)
            return _secret_page(request, made, secret)
    context = {"form": form, "title": _("New subscription"), "submit": _("Subscribe")}
    return _form(request, form, context)


def _form(request: HttpRequest, form, context: dict) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "connections/form.html", context, status=status)


def _secret_page(request: HttpRequest, subscription: Subscription, secret: str) -> HttpResponse:
    context = {
        "title": subscription.name,
        "secret": secret,
        "url": subscription.url,
        "next": reverse("connections:subscription", args=[subscription.pk]),
        "next_label": _("I have copied it"),
    }
    return render(request, "connections/secret.html", context)


@managing
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_edit(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _subscription(subscription_id)
    form = SubscriptionForm.of(subscription, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            subscriptions.change(subscription=subscription, **form.cleaned_data)
        except DomainError as error:
            _refuse(form, error)
        else:
            record(by=request.membership, action="subscription.changed", subject=subscription)
            messages.success(request, _("Saved. What waits goes to this address too."))
            return redirect("connections:subscription", subscription.pk)
    context = {"form": form, "title": subscription.name, "submit": _("Save")}
    return _form(request, form, context)


@managing
@require_safe
def subscription_detail(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _subscription(subscription_id)
    show = request.GET.get("show", "all")
    rows = deliveries_of(subscription, show if show in _SHOW else "all")
    context = {
        "subscription": subscription,
        "health": subscription_health(subscription, at=timezone.now()),
        "told": [OUTGOING[kind].label for kind in subscription.kinds if kind in OUTGOING],
        "secrets": subscription.secrets.all(),
        "show": show,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "connections/subscription.html", context)


@managing
@require_http_methods(["GET", "HEAD", "POST"])
def subscription_secret(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _subscription(subscription_id)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        secret = subscriptions.replace_secret(subscription=subscription, at=timezone.now())
        record(by=request.membership, action="subscription.secret_replaced", subject=subscription)
        return _secret_page(request, subscription, secret)
    context = {
        "form": form,
        "title": subscription.name,
        "submit": _("Make a new secret"),
        "lead": _("For 24 hours everything is signed with both."),
    }
    return _form(request, form, context)


@managing
@require_POST
def subscription_state(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _subscription(subscription_id)
    is_paused = request.POST.get("paused") == "1"
    subscriptions.set_paused(subscription=subscription, is_paused=is_paused)
    action = "subscription.paused" if is_paused else "subscription.resumed"
    record(by=request.membership, action=action, subject=subscription)
    paused, resumed = _("Paused. Events are kept meanwhile."), _("Sending again, the oldest first.")
    messages.success(request, paused if is_paused else resumed)
    return redirect("connections:subscription", subscription.pk)


@managing
@require_POST
def subscription_end(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _subscription(subscription_id)
    record(by=request.membership, action="subscription.ended", subject=subscription)
    subscriptions.end(subscription=subscription)
    messages.success(request, _("Ended. It hears nothing from now on."))
    return redirect("connections:list")


@managing
@require_POST
def subscription_replay(request: HttpRequest, subscription_id: int) -> HttpResponse:
    subscription = _subscription(subscription_id)
    dead = Delivery.objects.filter(state=Delivery.State.DEAD)
    n = keeping.replay(deliveries=dead, subscription=subscription, at=timezone.now())
    record(by=request.membership, action="subscription.replayed", subject=subscription,
           detail={"n": n})  # fmt: skip
    _say_replayed(request, n)
    return redirect("connections:subscription", subscription.pk)


def _say_replayed(request: HttpRequest, n: int) -> None:
    text = ngettext("%(n)s event is being sent again.", "%(n)s events are being sent again.", n)
    messages.success(request, text % {"n": n})


@managing
@require_safe
def delivery_detail(request: HttpRequest, delivery_id: int) -> HttpResponse:
    rows = Delivery.objects.select_related("subscription", "customer")
    delivery = get_object_or_404(rows, pk=delivery_id)
    try:
        body = json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False)
    except ValueError:
        body = delivery.body
    context = {"delivery": delivery, "body": body, "attempts": delivery.attempts.all()[:100]}
    return render(request, "connections/delivery.html", context)


@managing
@require_POST
def delivery_replay(request: HttpRequest, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.select_related("subscription"), pk=delivery_id)
    rows = Delivery.objects.filter(pk=delivery.pk)
    n = keeping.replay(deliveries=rows, subscription=delivery.subscription, at=timezone.now())
    record(by=request.membership, action="delivery.replayed", subject=delivery)
    _say_replayed(request, n)
    return redirect("connections:subscription", delivery.subscription_id)
