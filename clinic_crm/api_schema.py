"""What /api/schema/ says of every route beyond its own shapes: the key, the errors, the headers."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from tenancy.idempotency import HEADER, MAX_LENGTH
from tenancy.strict_fields import StrictSerializer

ERROR_TYPES = ("validation_error", "client_error", "server_error")


class ErrorItem(serializers.Serializer):
    code = serializers.CharField(help_text="Stable; decide by this.")
    detail = serializers.CharField(help_text="What was wrong and what to do, for people.")
    attr = serializers.CharField(allow_null=True, help_text="The field, such as lines.0.net_minor.")


class ErrorAnswer(serializers.Serializer):
    """The one shape of every error."""

    type = serializers.ChoiceField(choices=ERROR_TYPES)
    errors = ErrorItem(many=True)


# status → (what it means, type, code, field)
_ERRORS = {
    "400": ("The body or query cannot be taken.", "validation_error", "required", "external_id"),
    "401": ("The key is missing, unknown, expired or revoked.", "client_error",
            "not_authenticated", None),
    "403": ("The key lacks the scope.", "client_error", "permission_denied", None),
    "404": ("There is no such record.", "client_error", "not_found", None),
    "405": ("The route does not know this method.", "client_error", "method_not_allowed", None),
    "406": ("Only application/json can be answered.", "client_error", "not_acceptable", None),
    "409": ("A rule said no.", "client_error", "refused", None),
    "413": ("The body is larger than 1 MB.", "client_error", "body_too_large", None),
    "415": ("The body is not application/json.", "client_error", "unsupported_media_type", None),
    "422": ("The Idempotency-Key was used for another request.", "client_error",
            "idempotency_key_reused", None),
}  # fmt: skip
_WITH_BODY = {"409", "413", "415"}
_ALWAYS = {"400", "401", "403", "405", "406"}


class ApiSchema(AutoSchema):
    def _get_response_bodies(self, direction: str = "response") -> dict:
        bodies = super()._get_response_bodies(direction=direction)
        for status in sorted(self._error_statuses() - set(bodies)):
            about, kind, code, attr = _ERRORS[status]
            answer = {"type": kind, "errors": [{"code": code, "detail": about, "attr": attr}]}
            example = OpenApiExample(code, value=answer, response_only=True, status_codes=[status])
            response = OpenApiResponse(ErrorAnswer, about, examples=[example])
            bodies[status] = self._get_response_for_code(response, status)
        return bodies

    def _map_basic_serializer(self, serializer, direction: str) -> dict:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _error_statuses(self) -> set[str]:
        statuses = set(_ALWAYS)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses |= _WITH_BODY
        if "{" in self.path:
            statuses.add("404")
        if self._is_idempotent():
            statuses.add("422")
        return statuses

    def get_override_parameters(self) -> list[OpenApiParameter]:
        parameters = super().get_override_parameters()
        if not self._is_idempotent():
            return parameters
        return [
            *parameters,
            OpenApiParameter(
                HEADER,
                {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[ -~]+$"},
                OpenApiParameter.HEADER,
                description="Any text of yours. The same request with the same key has one effect; "
                "the first answer comes again, with the header Idempotent-Replay: true.",
            ),
        ]

    def _is_idempotent(self) -> bool:
        return self.method == "POST" and getattr(self.view, "is_idempotent", False)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenancy.api_keys.ApiKeyAuthentication"
    name = "ApiKeyAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of one clinic, made in Settings: `Authorization: Bearer <key>`.",
        }
