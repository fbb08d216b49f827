"""Where links of messages lead. Documented doors: the clinic is named by a link we signed."""

from base64 import b64decode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import LinkTarget
from campaigns.services import links, receipts
from campaigns.services import unsubscribe as unsubscribing
from campaigns.services.tokens import BadToken, read_token
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@never_cache
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """To the stored target of a link; an address never stands in the link itself."""
    try:
        named = read_token(links.CLICK, token)
        clinic = Clinic.objects.get(pk=named.clinic_id)
    except (BadToken, Clinic.DoesNotExist):
        return _page(request, "bad_link", status=404)
    with clinic_scope(clinic.pk):
        target = LinkTarget.objects.filter(pk=named.number).first()
        if target is None:
            return _page(request, "bad_link", clinic, status=404)
        _saw(request, "clicked", named.reference, f"{named.reference.hex}:{named.number}")
        answer = HttpResponseRedirect(target.url)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The transparent point of a mail; the same picture for a token that is none of ours."""
    try:
        named = read_token(links.OPEN, token)
        clinic = Clinic.objects.get(pk=named.clinic_id)
    except (BadToken, Clinic.DoesNotExist):
        return HttpResponse(PIXEL, content_type="image/gif")
    with clinic_scope(clinic.pk):
        _saw(request, "opened", named.reference, named.reference.hex)
    return HttpResponse(PIXEL, content_type="image/gif")


def _saw(request: HttpRequest, kind: str, reference, key: str) -> None:
    agent = request.headers.get("User-Agent", "")
    is_probe = request.method == "HEAD"
    now = timezone.now()
    receipts.saw(
        reference=reference, kind=kind, key=key, user_agent=agent, is_probe=is_probe, at=now
    )


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
