"""Who changed what of a customer, where each value comes from, and who looked."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.queries.access import access_of
from customers.queries.changes import changes_of
from customers.queries.record_words import RecordWords, fields_told
from customers.views.listing import sees_contacts
from customers.views.profile import profile_or_404
from tenancy.access import requires

PAGE_SIZE = 50
LONGEST_FIELD = 80


@requires("customers.view")
@require_safe
def history(request: HttpRequest, customer_id: int) -> HttpResponse:
    """`?field=city` narrows the changes to one field."""
    profile = profile_or_404(request, customer_id)
    field = request.GET.get("field", "")[:LONGEST_FIELD].replace("\0", "")
    page = Paginator(changes_of(customer_id, field=field), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    words = RecordWords(page.object_list, in_clear=sees_contacts(request))
    sees_access = "audit.view" in request.capabilities
    context = {
        "customer": profile.customer,
        "page": page,
        "changes": [words.told(change) for change in page.object_list],
        "field": field,
        "field_label": words.label(field) if field else "",
        "fields": fields_told(profile, words),
        "looks": access_of(customer_id) if sees_access else [],
        "sees_access": sees_access,
    }
    return render(request, "customers/history.html", context)
