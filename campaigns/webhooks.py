"""The door for providers' reports: the address names clinic and account, a signature is the proof
where the provider can sign."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.channels.reports_of import BadReport, Posted, read_reports
from campaigns.models import ProviderAccount
from campaigns.services.providers import credentials_of, receipts_url
from campaigns.services.receipts import ingest
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.webhook_signatures import BadSignature

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_TOKEN = 60
# Not translated: who reads them writes programs.
_REASONS = {
    "headers_missing": "Send webhook-id, webhook-timestamp and webhook-signature.",
    "timestamp": "webhook-timestamp is the time of sending in Unix seconds.",
    "too_old": "The report is more than five minutes away from our clock.",
    "mismatch": "The signature does not fit this account.",
}


@csrf_exempt  # providers post here without cookies; signature and address are the proof
@never_cache
@require_POST
def receive_reports(request: HttpRequest, clinic: str, token: str) -> JsonResponse:
    """200 with how many were new. An unknown clinic and an unknown account answer alike."""
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        return _problem(413, "body_too_large", "The body is larger than 2 MB. Send less at once.")
    found = Clinic.objects.filter(slug=clinic[:MAX_TOKEN], is_active=True).first()
    if found is None:
        return _unknown()
    with clinic_scope(found.pk):
        account = ProviderAccount.objects.filter(token=token[:MAX_TOKEN]).first()
        return _unknown() if account is None else _take(request, body, account, found)


def _take(
    request: HttpRequest, body: bytes, account: ProviderAccount, clinic: Clinic
) -> JsonResponse:
    query = request.META.get("QUERY_STRING", "")
    posted = Posted(
        url=receipts_url(account, clinic) + (f"?{query}" if query else ""),
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        request=request,
    )
    now = timezone.now()
    try:
        reports = read_reports(
            account.kind, posted, secret=account.secret, credentials=credentials_of(account), at=now
        )
    except BadSignature as refused:
        return _problem(401, refused.code, _REASONS[refused.code])
    except BadReport as refused:
        return _problem(400, "bad_report", f"{refused}.")
    n_new, n_unmatched = ingest(reports, account=account, at=now)
    # "code" is what Alibaba, "result" what Tencent wants to read.
    answer = {"new": n_new, "repeated": len(reports) - n_new, "unmatched": n_unmatched}
    return JsonResponse(answer | {"code": 0, "msg": "ok", "result": 0, "errmsg": "OK"})


def _unknown() -> JsonResponse:
    return _problem(404, "not_found", "There is no such address.")


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    """The shape of every error of the API (RFC 9457)."""
    body = {
        "type": f"urn:problem-type:clinic-crm:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")
