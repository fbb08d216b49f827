"""Structured logs: one JSON object a line with request, clinic and task, and no personal data."""

import json
import logging
import re
import time
import uuid
from contextvars import ContextVar

from celery import current_task
from django.http import HttpRequest, HttpResponse

from tenancy.scope import open_clinic_id

logger = logging.getLogger("clinic_crm.request")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
# "data" is what Celery adds to a failed task, arguments included; its message says enough.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "data"}
# What Postgres says behind the first line of an error quotes the row, as text or inside a repr.
_QUOTED = re.compile(
    r"(?:\n|\\n)(?:DETAIL|CONTEXT|LINE \d+):.*?"
    r"(?=\n\n(?:During handling|The above exception)|\Z)",
    re.DOTALL,
)


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": _QUOTED.sub("", record.getMessage()),
            "request_id": _request_id.get() or None,
            "clinic_id": open_clinic_id(),
            "task_id": current_task.request.id if current_task else None,
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["traceback"] = _QUOTED.sub("", self.formatException(record.exc_info))
        return json.dumps(
            {key: value for key, value in line.items() if value is not None}, default=str
        )


class RequestLogMiddleware:
    """Gives each request an id, echoes it, and logs route and time. Never the query string."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request_id.set(uuid.uuid4().hex[:16])
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = _request_id.get()
            match = request.resolver_match
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": match.route if match else None,
                    "status": response.status_code,
                    "milliseconds": round(1000 * (time.perf_counter() - started)),
                },
            )
            return response
        finally:
            _request_id.reset(token)
