"""One error shape for the whole API; a request that fails leaves nothing behind."""

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.handler import exception_handler
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from tenancy.exceptions import DomainError
from tenancy.scope import open_clinic_id


class Refused(APIException):
    """A rule said no: 409 with the rule's own code."""

    status_code = status.HTTP_409_CONFLICT


def handle(error: Exception, context: dict) -> Response | None:
    if open_clinic_id() is not None and connection.in_atomic_block:
        transaction.set_rollback(True)
    if isinstance(error, DomainError):
        error = Refused(detail=error.message, code=error.code)
    return exception_handler(error, context)


@csrf_exempt
def unknown_route(_request: HttpRequest) -> JsonResponse:
    """A 404 in the API's own shape."""
    detail = _("There is no such route. Every route ends with a slash; see /api/docs/.")
    error = {"code": "not_found", "detail": str(detail), "attr": None}
    return JsonResponse({"type": "client_error", "errors": [error]}, status=404)
