"""The quality of the records: figures and trend of a branch, and lists that are mended in place."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.models import Consent
from customers.queries import list_page, rows_of, visible_customers
from customers.queries.quality import TREND_DAYS, WORK_LISTS, branches_on, days_of, to_mend
from customers.services import quality
from customers.views.listing import clinic_day, sees_contacts
from tenancy.access import requires
from tenancy.exceptions import DomainError

CONSENTS = (
    ("care", "phone"),
    ("marketing", "sms"),
    ("marketing", "email"),
    ("marketing", "wechat"),
)


@requires("customers.view")
@require_safe
def quality_page(request: HttpRequest) -> HttpResponse:
    """Last night's figures with their trend, branch by branch, in two queries."""
    nights = days_of(request.branch, since=clinic_day(request) - timedelta(days=TREND_DAYS))
    last = nights[-1] if nights else None
    context = {
        "last": last,
        "charts": _charts(nights),
        "branches_told": branches_on(last["day_on"], request.branch) if last else [],
        "work_lists": [(one, last[one.figure] if last else None) for one in WORK_LISTS.values()],
    }
    return render(request, "customers/quality/overview.html", context)


def _charts(nights: list[dict[str, Any]]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """(id, title, data): completeness, and how many have something to mend."""
    labels = [night["day_on"].isoformat() for night in nights]
    known = {"name": _("Completeness"), "values": [n["completeness"] for n in nights]}
    lines = [
        {"name": str(one.label), "values": [night[one.figure] for night in nights]}
        for one in WORK_LISTS.values()
    ]
    return [
        (
            "completeness",
            _("Completeness"),
            {"kind": "line", "labels": labels, "series": [known], "unit": "percent"},
        ),
        (
            "to-mend",
            _("Customers with something to mend"),
            {"kind": "line", "labels": labels, "series": lines, "unit": "count"},
        ),
    ]


@requires("customers.edit")
@require_safe
def work_list(request: HttpRequest, key: str) -> HttpResponse:
    """Customers of one list, newest visitors first: worth mending before they come again."""
    if key not in WORK_LISTS:
        raise Http404
    found = to_mend(visible_customers(request.branch), key)
    at = request.GET.get("page", "")
    page = list_page(found, sort="-last_visit", at=at, is_filtered=True)
    context = {
        "work": WORK_LISTS[key],
        "work_lists": WORK_LISTS.values(),
        "page": page,
        "rows": rows_of(page.customers, in_clear=sees_contacts(request)),
        "consents": consent_choices(),
    }
    return render(request, "customers/quality/work_list.html", context)


def consent_choices() -> list[tuple[str, str]]:
    """(value, label): for reminders by phone, then what may be sent."""
    purposes, channels = dict(Consent.Purpose.choices), dict(Consent.Channel.choices)
    return [
        (f"{purpose}/{channel}", f"{purposes[purpose]} · {channels[channel]}")
        for purpose, channel in CONSENTS
    ]


@requires("customers.edit")
@require_POST
def mend(request: HttpRequest, key: str, customer_id: int) -> HttpResponse:
    """One field of one customer; the row says that it is mended, or what was wrong."""
    if key not in WORK_LISTS:
        raise Http404
    customer = get_object_or_404(visible_customers(request.branch), pk=customer_id)
    text, problem = request.POST.get("value", "").strip()[:200], ""
    told: dict[str, Any] = {"customer": customer, "by": request.membership, "at": timezone.now()}
    try:
        _mend(request, WORK_LISTS[key].form, text, told)
    except DomainError as error:
        problem = error.message
    row = rows_of([customer], in_clear=sees_contacts(request))[0]
    context = {
        "work": WORK_LISTS[key],
        "row": row,
        "typed": text,
        "problem": problem,
        "is_mended": not problem,
        "consents": consent_choices(),
    }
    status = 422 if problem else 200
    return render(request, "customers/quality/_row.html", context, status=status)


def _mend(request: HttpRequest, form: str, text: str, told: dict[str, Any]) -> None:
    if form == "phone":
        quality.mend_phone(text=text, country=request.clinic.country, **told)
    elif form == "birth_on":
        quality.mend_birthday(text=text, today=clinic_day(request), **told)
    else:
        if text not in dict(consent_choices()):
            raise DomainError(_("Choose what the customer agreed to."))
        purpose, _slash, channel = text.partition("/")
        quality.mend_consent(purpose=purpose, channel=channel, **told)
