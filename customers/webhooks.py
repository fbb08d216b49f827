"""The door for webhooks: the address names clinic and source, the signature is the proof."""

import time
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ErrorDetail

from customers.models import Source
from customers.services.inbound.receiving import take_in
from customers.services.inbound.sources import note_refusal
from tenancy.models import Clinic
from tenancy.problem_items import items_of
from tenancy.rate_limits import Usage, count_use
from tenancy.scope import clinic_scope
from tenancy.strict_json import MAX_BODY_BYTES
from tenancy.webhook_signatures import BadSignature

MAX_SLUG = 60


@csrf_exempt  # systems post here without cookies; the signature is the proof
@never_cache
@require_POST
def receive(request: HttpRequest, clinic: str, token: str) -> JsonResponse:
    """202 once the event is stored. An unknown clinic, address or closed source answer alike."""
    body = _body(request)
    if body is None:
        detail = "The body is larger than 1 MB. Send the objects in several events."
        return _problem(413, "body_too_large", detail)
    found = Clinic.objects.filter(slug=clinic[:MAX_SLUG], is_active=True).first()
    if found is None:
        return _unknown()
    with clinic_scope(found.pk):
        source = Source.objects.filter(token=token[:MAX_SLUG], is_open=True).first()
        if source is None:
            return _unknown()
        usage = count_use(
            f"hook-rate:{source.pk}", limit=settings.HOOKS_RATE_PER_MINUTE, now=time.time()
        )
        if usage and not usage.is_within:
            return _too_many(usage)
        return _take(request, source, body)


def _too_many(usage: Usage) -> JsonResponse:
    detail = f"More than {usage.limit} events a minute. Send this one again later."
    answer = _problem(429, "throttled", detail)
    answer["Retry-After"] = str(usage.resets_in)
    return answer


def _take(request: HttpRequest, source: Source, body: bytes) -> JsonResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    now = timezone.now()
    try:
        state = take_in(source=source, headers=headers, body=body, at=now)
    except BadSignature as refused:
        note_refusal(source=source, code=refused.code, at=now)
        return _problem(401, refused.code, _REASONS[refused.code])
    return JsonResponse({"state": state}, status=202)


def _body(request: HttpRequest) -> bytes | None:
    """At most 1 MB; None when it is more, by what it says of itself or by what comes."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdecimal() and int(announced[:20]) > MAX_BODY_BYTES:
        return None
    body = request.read(MAX_BODY_BYTES + 1)
    return body if len(body) <= MAX_BODY_BYTES else None


# Not translated: who reads them writes programs, and every language is the same machine.
_REASONS = {
    "headers_missing": "Send webhook-id, webhook-timestamp and webhook-signature.",
    "timestamp": "webhook-timestamp is the time of sending in Unix seconds.",
    "too_old": "webhook-timestamp is more than five minutes away from our clock.",
    "mismatch": "No signature fits: sign id.timestamp.body with the secret of this address.",
}


def _unknown() -> JsonResponse:
    return _problem(404, "not_found", "There is no such address.")


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    """The shape of every error of the API (RFC 9457)."""
    body = {
        "type": f"urn:problem-type:clinic-crm:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(items_of([ErrorDetail(detail, code)], in_body=False)),
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")
