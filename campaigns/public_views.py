"""The unsubscribe page. A documented door: the clinic is named by a link that we signed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.services import unsubscribe as unsubscribing
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


@csrf_exempt  # mail providers post here without cookies (RFC 8058); the signed token is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and changes nothing, for mail scanners open every link; POST does it at once."""
    try:
        link = unsubscribing.read_link(token)
        clinic = Clinic.objects.get(pk=link.clinic_id)
    except (unsubscribing.BadLink, Clinic.DoesNotExist):
        return _page(request, "bad_link", status=404)
    if request.method != "POST":
        return _page(request, "ask", clinic)
    with clinic_scope(clinic.pk):
        is_known = unsubscribing.unsubscribe(reference=link.reference, at=timezone.now())
    return _page(request, "done", clinic) if is_known else _page(request, "bad_link", status=404)


def _page(
    request: HttpRequest, step: str, clinic: Clinic | None = None, status: int = 200
) -> HttpResponse:
    context = {"step": step, "sender": clinic}
    return render(request, "campaigns/unsubscribe.html", context, status=status)
