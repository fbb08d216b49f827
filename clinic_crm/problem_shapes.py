"""What the schema says of errors: one shape, and for each status what it means."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from clinic_crm.problems import problem

FOR_BODIES = {"409", "413", "415"}
ALWAYS = {"400", "401", "403", "405", "406", "429"}

# status → (what it means, code, field)
_ERRORS = {
    "400": ("The body or query cannot be taken.", "required", "external_id"),
    "401": ("The key is missing, unknown, expired or revoked.", "not_authenticated", None),
    "403": ("The key lacks the scope.", "permission_denied", None),
    "404": ("There is no such record.", "not_found", None),
    "405": ("The route does not know this method.", "method_not_allowed", None),
    "406": ("Only application/json can be answered.", "not_acceptable", None),
    "409": ("A rule said no, or the first request with this key is still at work.",
            "idempotency_key_in_flight", None),
    "410": ("The record was deleted. Forget its id.", "gone", None),
    "412": ("The record is not as If-Match or If-None-Match wanted it.",
            "precondition_failed", None),
    "413": ("The body is too large.", "body_too_large", None),
    "415": ("The body is not application/json.", "unsupported_media_type", None),
    "422": ("The Idempotency-Key was used for another request.", "idempotency_key_reused", None),
    "429": ("Too many requests; Retry-After says when to come back.", "throttled", None),
}  # fmt: skip


class ProblemItem(serializers.Serializer):
    code = serializers.CharField(help_text="Stable; decide by this.")
    detail = serializers.CharField(help_text="What was wrong and what to do, for people.")
    attr = serializers.CharField(allow_null=True, help_text="The field, such as lines.0.net_minor.")
    pointer = serializers.CharField(
        allow_null=True, help_text="Where it stands in the body, such as #/lines/0/net_minor."
    )


class Problem(serializers.Serializer):
    """The one shape of every error: problem details (RFC 9457)."""

    type = serializers.CharField(help_text="urn:problem-type:clinic-crm:<code>")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people.")
    errors = ProblemItem(many=True, help_text="Each single thing that is wrong; at least one.")


def response_of(status: str) -> OpenApiResponse:
    about, code, attr = _ERRORS[status]
    item = {"code": code, "detail": about, "attr": attr, "pointer": f"#/{attr}" if attr else None}
    is_validation = status == "400"
    value = problem(int(status), code="validation_error" if is_validation else code, errors=[item])
    example = OpenApiExample(code, value=value, response_only=True, status_codes=[status])
    return OpenApiResponse(Problem, about, examples=[example])
