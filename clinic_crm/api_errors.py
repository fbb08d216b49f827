"""One error shape for the whole API; a request that fails leaves nothing behind."""

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.handler import exception_handler
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail
from rest_framework.response import Response

from clinic_crm.problems import MEDIA_TYPE, problem
from tenancy.exceptions import DomainError
from tenancy.problem_items import items_of
from tenancy.scope import open_clinic_id


class Refused(APIException):
    """A rule said no: 409 with the rule's own code."""

    status_code = status.HTTP_409_CONFLICT


def handle(error: Exception, context: dict) -> Response | None:
    if open_clinic_id() is not None and connection.in_atomic_block:
        transaction.set_rollback(True)
    if isinstance(error, DomainError):
        error = Refused(detail=error.message, code=error.code)
    response = exception_handler(error, context)
    if response is not None:
        response.content_type = MEDIA_TYPE
    return response


@csrf_exempt
def unknown_route(_request: HttpRequest) -> JsonResponse:
    """A 404 in the API's own shape."""
    detail = _("There is no such route. Every route ends with a slash; see /api/docs/.")
    errors = list(items_of([ErrorDetail(detail, "not_found")], in_body=False))
    body = problem(404, code="not_found", errors=errors)
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)
