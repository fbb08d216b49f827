"""The booking system's door: a key opens one clinic's scope for one request."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_api_key.crypto import KeyGenerator

from tenancy.acting import acting
from tenancy.models import ApiKey
from tenancy.rate_limits import Usage
from tenancy.scope import KEY_DOOR_SETTING, clinic_scope, door

KEY_GENERATOR = KeyGenerator()
_SEEN_AGAIN_AFTER = timedelta(minutes=1)  # last_used_at is written at most this often


def find_key(text: str) -> ApiKey | None:
    """The usable key behind this text, in a clinic that is open; None for anything else."""
    prefix, _dot, _secret = text.partition(".")
    if not prefix or "\x00" in text or len(text) > 200:
        return None
    with door(KEY_DOOR_SETTING, prefix):
        key = (
            ApiKey.at_the_door.select_related("clinic")
            .filter(prefix=prefix, revoked_at__isnull=True, clinic__is_active=True)
            .exclude(expires_at__lte=timezone.now())
            .first()
        )
    if key is None or not KEY_GENERATOR.verify(text, key.hashed_key):
        return None
    return key


def key_text(request: HttpRequest) -> str:
    """The key as sent: `Authorization: Api-Key …` or `Bearer …`."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() in {"api-key", "bearer"} else ""


class ApiKeyAuthentication(BaseAuthentication):
    """Authenticates the key that ClinicApiMixin has already opened the scope of."""

    def authenticate(self, request: Request):
        if not key_text(request):
            return None
        if getattr(request._request, "api_key", None) is None:
            raise AuthenticationFailed(
                _("This API key is unknown, expired or revoked. Make a new one in Settings.")
            )
        return None, request._request.api_key

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


class HasScope(BasePermission):
    """The key's scopes must include the one the view names for this method."""

    def has_permission(self, request: Request, view) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        self.message = _("This key lacks the scope %(scope)s.") % {"scope": view.scope_needed()}
        return view.scope_needed() in key.scopes


class ClinicApiMixin:
    """Mixed into every API view: opens the key's scope around the whole request.

    scopes: HTTP method → scope a key needs for it.
    """

    scopes: dict[str, str] = {}
    rate_usage: Usage | None = None  # set by KeyThrottle

    def scope_needed(self) -> str:
        return self.scopes[self.request.method]

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> Response:
        request.api_key = find_key(key_text(request))
        if request.api_key is None:
            return super().dispatch(request, *args, **kwargs)
        key = request.api_key
        with acting(f"key:{key.pk}", key.name), clinic_scope(key.clinic_id):
            request.clinic = request.api_key.clinic
            _remember_use(request.api_key)
            response = super().dispatch(request, *args, **kwargs)
            return response.render() if hasattr(response, "render") else response

    def finalize_response(self, request: Request, response: Response, *args, **kwargs) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.rate_usage.headers().items() if self.rate_usage else ():
            response[name] = value
        return response

    def check_permissions(self, request: Request) -> None:
        if request.method not in self.scopes:
            self.http_method_not_allowed(request)
        super().check_permissions(request)


def _remember_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > _SEEN_AGAIN_AFTER:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
