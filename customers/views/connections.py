"""Settings → Connections: systems that send us events, what they sent, how it is read."""

import json

from django.conf import settings
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
from customers.connection_forms import ConfirmForm, MappingForm, SourceForm
from customers.models import IntakeRecord, Source
from customers.queries.connections import (
    records_of,
    source_health,
    sources_health,
    subscriptions_health,
)
from customers.queries.source_registry import files_health, keys_health
from customers.services.inbound import replaying, sources
from customers.services.inbound.mapping import Mapping
from customers.services.inbound.reading import Unreadable
from customers.services.inbound.trying import Trial, try_sample
from tenancy.exceptions import DomainError
from tenancy.services.audit import record

PAGE_SIZE = 25
SHOWN_BYTES = 100_000
_SHOW = {"held", "all", *IntakeRecord.State.values}


@managing
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "sources": sources_health(at=now),
        "subscriptions": subscriptions_health(at=now),
        "keys": keys_health(clinic=request.clinic, at=now),
        "files": files_health(at=now),
    }
    return render(request, "connections/list.html", context)


@managing
@require_http_methods(["GET", "HEAD", "POST"])
def source_new(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None, initial={"names": "ours"})
    if request.method == "POST" and form.is_valid():
        try:
            secret, source = sources.open_source(name=form.cleaned_data["name"])
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            if form.cleaned_data["names"] == "theirs":
                sources.change_mapping(source=source, mapping=Mapping(kind_at="type"))
            record(by=request.membership, action="source.opened", subject=source)
            return _secret_page(request, source, secret)
    context = {"form": form, "title": _("New source"), "submit": _("Open the source")}
    return _form(request, form, context)


def _form(request: HttpRequest, form, context: dict) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "connections/form.html", context, status=status)


def _secret_page(request: HttpRequest, source: Source, secret: str) -> HttpResponse:
    context = {
        "title": source.name,
        "secret": secret,
        "url": address_of(request, source),
        "next": reverse("connections:mapping", args=[source.pk]),
        "next_label": _("Go on: how its events are read"),
    }
    return render(request, "connections/secret.html", context)


def address_of(request: HttpRequest, source: Source) -> str:
    """Where the source sends its events."""
    path = reverse("webhook", kwargs={"clinic": request.clinic.slug, "token": source.token})
    return settings.PUBLIC_URL + path


def _source(source_id: int) -> Source:
    return get_object_or_404(Source.objects.all(), pk=source_id)


@managing
@require_safe
def source_detail(request: HttpRequest, source_id: int) -> HttpResponse:
    source = _source(source_id)
    now = timezone.now()
    show = request.GET.get("show", "held")
    rows = records_of(source, show if show in _SHOW else "held")
    context = {
        "source": source,
        "health": source_health(source, at=now),
        "url": address_of(request, source),
        "secrets": source.secrets.all(),
        "show": show,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "connections/source.html", context)


@managing
@require_http_methods(["GET", "HEAD", "POST"])
def source_secret(request: HttpRequest, source_id: int) -> HttpResponse:
    source = _source(source_id)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        secret = sources.replace_secret(source=source, at=timezone.now())
        record(by=request.membership, action="source.secret_replaced", subject=source)
        return _secret_page(request, source, secret)
    context = {
        "form": form,
        "title": source.name,
        "submit": _("Make a new secret"),
        "lead": _("The secret there is now stays good for 24 hours."),
    }
    return _form(request, form, context)


@managing
@require_POST
def source_state(request: HttpRequest, source_id: int) -> HttpResponse:
    source = _source(source_id)
    is_open = request.POST.get("open") == "1"
    sources.set_open(source=source, is_open=is_open)
    action = "source.opened" if is_open else "source.closed"
    record(by=request.membership, action=action, subject=source)
    messages.success(
        request,
        _("Open. It may send again.") if is_open else _("Closed. Its address answers nobody now."),
    )
    return redirect("connections:source", source.pk)


@managing
@require_http_methods(["GET", "HEAD", "POST"])
def source_mapping(request: HttpRequest, source_id: int) -> HttpResponse:
    """«Try» reads the sample and keeps nothing; «save» keeps the mapping."""
    source = _source(source_id)
    mapping = Mapping.from_json(source.mapping)
    form = MappingForm(request.POST or None, mapping=mapping, sample=_last_event(source))
    context = {"source": source, "form": form}
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") != "try":
            sources.change_mapping(source=source, mapping=form.as_mapping())
            record(by=request.membership, action="source.mapping_changed", subject=source)
            messages.success(request, _("Saved. It counts for every event from now on."))
            return redirect("connections:source", source.pk)
        context |= _trial(request, source, form)
    status = 422 if form.errors else 200
    return render(request, "connections/mapping.html", context, status=status)


def _trial(request: HttpRequest, source: Source, form: MappingForm) -> dict:
    body = form.cleaned_data["sample"].encode("utf-8", "replace")
    try:
        trials: list[Trial] = try_sample(
            source=source,
            mapping=form.as_mapping(),
            body=body,
            clinic=request.clinic,
            at=timezone.now(),
        )
    except Unreadable as why:
        return {"is_tried": True, "unreadable": why}
    return {"is_tried": True, "trials": trials}


def _last_event(source: Source) -> str:
    """Something to try the mapping with: what is held up, or what came last."""
    rows = IntakeRecord.objects.filter(source=source).order_by("-pk")
    found = rows.filter(state__in=["parked", "waiting"]).first() or rows.first()
    return body_of(found)[:SHOWN_BYTES] if found else ""


def body_of(found: IntakeRecord) -> str:
    """The body to be looked at: set out in lines where it is JSON."""
    text = (
        bytes(found.body[:SHOWN_BYTES])
        .decode("utf-8", "replace")
        .replace("\x00", "\N{REPLACEMENT CHARACTER}")
    )
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


@managing
@require_POST
def source_replay(request: HttpRequest, source_id: int) -> HttpResponse:
    source = _source(source_id)
    n = replaying.replay(records=IntakeRecord.objects.all(), source=source)
    record(by=request.membership, action="source.replayed", subject=source, detail={"n": n})
    _say_replayed(request, n)
    return redirect("connections:source", source.pk)


def _say_replayed(request: HttpRequest, n: int) -> None:
    text = ngettext("%(n)s event is being read again.", "%(n)s events are being read again.", n)
    messages.success(request, text % {"n": n})


@managing
@require_safe
def record_detail(request: HttpRequest, record_id: int) -> HttpResponse:
    """The event as it came. It may hold a name and a phone, so looking is noted."""
    found = get_object_or_404(IntakeRecord.objects.select_related("source"), pk=record_id)
    record(by=request.membership, action="intake_record.viewed", subject=found)
    return render(request, "connections/record.html", {"record": found, "body": body_of(found)})


@managing
@require_POST
def record_replay(request: HttpRequest, record_id: int) -> HttpResponse:
    found = get_object_or_404(IntakeRecord.objects.select_related("source"), pk=record_id)
    n = replaying.replay(records=IntakeRecord.objects.filter(pk=found.pk), source=found.source)
    record(by=request.membership, action="intake_record.replayed", subject=found)
    _say_replayed(request, n)
    return redirect("connections:source", found.source_id)
