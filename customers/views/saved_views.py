"""Saved views of the list: chosen from a dialog, saved from where somebody stands."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.list_address import read_address
from customers.models import SavedView
from customers.services.saved_views import may_delete, save_view, views_of
from customers.views.listing import clinic_day
from tenancy.access import requires
from tenancy.exceptions import DomainError


@requires("customers.view")
@require_safe
def view_list(request: HttpRequest) -> HttpResponse:
    """One's own views and the shared ones; and a name for the list that is open."""
    found = views_of(request.membership).select_related("owner__user")
    views = [(view, may_delete(view, by=request.membership)) for view in found]
    list_query = request.GET.get("list", "")
    context = {"views": views, "list_query": list_query, "is_worth_saving": bool(list_query)}
    return render(request, "customers/_view_dialog.html", context)


@requires("customers.view")
@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    query = QueryDict(request.POST.get("list", ""), mutable=True)
    query.pop("page", None)
    address = read_address(query, on=clinic_day(request), currency=request.clinic.currency)
    saved = dict(address.saved)
    if address.text:
        saved["filters"] = {**saved["filters"], "q": [address.text]}
    try:
        view = save_view(
            name=request.POST.get("name", ""),
            saved=saved,
            is_shared="is_shared" in request.POST,
            by=request.membership,
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(f"{reverse('customers:list')}?{query.urlencode()}")
    messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    return redirect(f"{reverse('customers:list')}?{view.query}")


@requires("customers.view")
@require_POST
def view_delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """A view of somebody else that is not shared answers like one that does not exist."""
    view = get_object_or_404(views_of(request.membership), pk=view_id)
    if not may_delete(view, by=request.membership):
        messages.error(request, _("Only %(owner)s can delete this view.") % {"owner": view.owner})
        return redirect("customers:list")
    SavedView.objects.filter(pk=view.pk).delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": view.name})
    return redirect("customers:list")
