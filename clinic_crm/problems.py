"""Errors as problem details (RFC 9457): what was wrong, where it stands, what to do."""

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import ExceptionFormatter
from rest_framework.exceptions import APIException, ValidationError

from tenancy.problem_items import items_of

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:problem-type:clinic-crm:"


class ProblemFormatter(ExceptionFormatter):
    """The body of an error answer; the status and the headers are the handler's."""

    exc: APIException

    def run(self) -> dict[str, Any]:
        is_body = isinstance(self.exc, ValidationError) and self._has_body()
        errors = list(items_of(self.exc.detail, in_body=is_body))
        code = "validation_error" if isinstance(self.exc, ValidationError) else errors[0]["code"]
        return problem(self.exc.status_code, code=code, errors=errors)

    def _has_body(self) -> bool:
        request = self.context.get("request")
        return request is not None and request.method not in {"GET", "HEAD"}


def problem(status: int, *, code: str, errors: list[dict[str, Any]]) -> dict[str, Any]:
    """One problem; `errors` are what `items_of` yields, at least one."""
    return {
        "type": TYPE_PREFIX + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": errors[0]["detail"] if len(errors) == 1 else _summary(len(errors)),
        "errors": errors,
    }


def _summary(n_errors: int) -> str:
    return _("%(n)s things must be mended; each stands in errors.") % {"n": n_errors}
