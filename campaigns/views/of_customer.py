"""What one customer got of campaigns: a card of the profile."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.profile_part import latest_messages
from customers.views.profile import customer_or_404
from tenancy.access import requires


@requires("campaigns.view")
@require_safe
def messages_of(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The card, or nothing at all where nothing was ever to be sent."""
    customer = customer_or_404(request, customer_id)
    context = {"latest": latest_messages(customer)}
    return render(request, "campaigns/_customer_messages.html", context)
