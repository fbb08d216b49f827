"""/livez: the process answers. /readyz: it can reach what it needs, with the walls in place."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything answers; 503 naming the part that does not."""
    parts = {"postgres": _postgres_answers, "redis": _redis_answers}
    result = {name: _state(answers) for name, answers in parts.items()}
    ready = all(state == "ok" for state in result.values())
    return JsonResponse(result, status=200 if ready else 503)


def _state(answers) -> str:
    try:
        answers()
    except Exception as error:  # any failure at all means not ready; its kind is the answer
        return type(error).__name__
    return "ok"


def _postgres_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM tenancy_clinic LIMIT 1")


def _redis_answers() -> None:
    cache.get("readyz")
