"""One error shape for the whole API; a request that fails leaves nothing behind."""

from django.db import connection, transaction
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
