"""Packages on a profile: sold, a session taken by hand or given back, cancelled."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Package, PackageSession
from customers.services import packages
from customers.story_forms import PackageForm, SessionForm
from customers.views.form_dialog import back_to_profile, form_dialog
from customers.views.listing import clinic_day
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError


def _package(request: HttpRequest, customer_id: int, package_id: int) -> Package:
    customer = customer_or_404(request, customer_id)
    rows = Package.objects.select_related("customer", "treatment", "sold_by__user")
    return get_object_or_404(rows, customer=customer, pk=package_id)


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def package_sell(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = PackageForm(
        request.POST or None, currency=request.clinic.currency, today=clinic_day(request)
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            packages.sell_package(
                customer=customer,
                treatment=asked["treatment"],
                n_sessions=asked["n_sessions"],
                n_used=asked["n_used"],
                price_minor=asked["price"],
                sold_on=asked["sold_on"],
                valid_until_on=asked["valid_until_on"],
                by=request.membership,
                key=str(asked["key"]),
                at=timezone.now(),
            )
        except DomainError as refusal:
            return back_to_profile(request, customer, refusal.message, is_bad=True)
        return back_to_profile(request, customer, _("The package is written down."))
    return form_dialog(
        request, customer, form, title=_("Sell a package"), submit=_("Write down the package"),
        lead=_("Attended appointments of this treatment take a session by themselves."),
    )  # fmt: skip


@requires("customers.view")
@require_safe
def package_detail(request: HttpRequest, customer_id: int, package_id: int) -> HttpResponse:
    package = _package(request, customer_id, package_id)
    sessions = PackageSession.objects.filter(package=package).select_related("by__user")
    context = {
        "package": package,
        "customer": package.customer,
        "sessions": sessions,
        "session_form": SessionForm(),
    }
    name = "_package" if request.htmx else "package"
    return render(request, f"customers/{name}.html", context)


@requires("customers.edit")
@require_POST
def session_use(request: HttpRequest, customer_id: int, package_id: int) -> HttpResponse:
    package = _package(request, customer_id, package_id)
    form = SessionForm(request.POST)
    if not form.is_valid():
        return back_to_profile(request, package.customer, _("Reload the page first."), is_bad=True)
    try:
        packages.use_session(
            package=package, on=clinic_day(request), by=request.membership,
            key=f"desk:{package.pk}:{form.cleaned_data['key']}",
        )  # fmt: skip
    except DomainError as refusal:
        return back_to_profile(request, package.customer, refusal.message, is_bad=True)
    return back_to_profile(request, package.customer, _("One session taken."))


@requires("customers.edit")
@require_POST
def session_give_back(
    request: HttpRequest, customer_id: int, package_id: int, session_id: int
) -> HttpResponse:
    package = _package(request, customer_id, package_id)
    rows = PackageSession.objects.filter(package=package, appointment__isnull=True)
    session = get_object_or_404(rows, pk=session_id)
    packages.give_back_session(session=session, by=request.membership)
    return back_to_profile(request, package.customer, _("The session was given back."))


@requires("customers.edit")
@require_POST
def package_cancel(request: HttpRequest, customer_id: int, package_id: int) -> HttpResponse:
    package = _package(request, customer_id, package_id)
    packages.cancel_package(package=package, by=request.membership, at=timezone.now())
    return back_to_profile(request, package.customer, _("The package was cancelled."))
