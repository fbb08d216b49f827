"""What /api/schema/ says of every route beyond its own shapes: the key, the errors, the headers."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from clinic_crm.problem_shapes import ALWAYS, FOR_BODIES, response_of
from clinic_crm.problems import MEDIA_TYPE
from tenancy.idempotency import HEADER, MAX_LENGTH
from tenancy.strict_fields import StrictSerializer

_WHOLE_NUMBER = {"type": "integer", "minimum": 0}


def _header(name: str, about: str, schema: dict, *, on: list[int] | bool = False):
    """A header of the request, or with `on` one of these answers (True: of all)."""
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=about, response=on)


_COUNTED = [200, 201, 207, 400, 404, 429]
_RATE_HEADERS = [
    _header("RateLimit-Limit", "Requests of this key a minute.", _WHOLE_NUMBER, on=_COUNTED),
    _header("RateLimit-Remaining", "What is left of them.", _WHOLE_NUMBER, on=_COUNTED),
    _header("RateLimit-Reset", "Seconds until they begin anew.", _WHOLE_NUMBER, on=_COUNTED),
    _header("Retry-After", "Seconds until it may be tried again.", _WHOLE_NUMBER, on=[409, 429]),
]
_IDEMPOTENCY = _header(
    HEADER,
    "Any text of yours. The same request with the same key has one effect; the first answer comes "
    "again, with the header Idempotent-Replay: true.",
    {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[ -~]+$"},
)
_ETAG_TEXT = {"type": "string"}
_LOCATION = _header("Location", "Where the customer is now.", {"type": "string"}, on=[308])
_ETAG = _header("ETag", "Of the record as it stands here.", _ETAG_TEXT, on=[200, 304])
_IF_NONE_MATCH = _header("If-None-Match", "An ETag you have: 304 if it still holds.", _ETAG_TEXT)
_CONDITIONS = [
    _header("If-Match", "Write only if the record still has this ETag (412 if not).", _ETAG_TEXT),
    _header("If-None-Match", "`*`: write only if the record is new (412 if not).", _ETAG_TEXT),
]


class ApiSchema(AutoSchema):
    """A view says what it does by attributes: `has_etag`, `takes_conditions`, `is_idempotent`."""

    def _get_response_bodies(self, direction: str = "response") -> dict:
        bodies = super()._get_response_bodies(direction=direction)
        for status in sorted(self._error_statuses() - set(bodies)):
            bodies[status] = self._get_response_for_code(
                response_of(status), status, media_types=[MEDIA_TYPE]
            )
        return bodies

    def _map_basic_serializer(self, serializer, direction: str) -> dict:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _error_statuses(self) -> set[str]:
        statuses = set(ALWAYS)
        if self.method in {"POST", "PUT", "PATCH"}:
            statuses |= FOR_BODIES
        if getattr(self.view, "may_be_missing", False):
            statuses.add("404")
        if getattr(self.view, "may_be_refused", False):
            statuses.add("409")
        if "{" in self.path:
            statuses |= {"404", "410"} if getattr(self.view, "has_etag", False) else {"404"}
        if self._is_idempotent():
            statuses.add("422")
        if self._takes_conditions():
            statuses.add("412")
        return statuses

    def get_override_parameters(self) -> list[OpenApiParameter]:
        parameters = [*super().get_override_parameters(), *_RATE_HEADERS]
        if self._is_idempotent():
            parameters.append(_IDEMPOTENCY)
        if self._takes_conditions():
            parameters += _CONDITIONS
        if self.method == "GET" and getattr(self.view, "has_etag", False):
            parameters += [_ETAG, _IF_NONE_MATCH]
        if getattr(self.view, "is_merge_aware", False):
            parameters.append(_LOCATION)
        return parameters

    def _is_idempotent(self) -> bool:
        return self.method == "POST" and getattr(self.view, "is_idempotent", False)

    def _takes_conditions(self) -> bool:
        return self.method == "POST" and getattr(self.view, "takes_conditions", False)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenancy.api_keys.ApiKeyAuthentication"
    name = "ApiKeyAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of one clinic, made in Settings: `Authorization: Bearer <key>`.",
        }
