"""The browser's door: who is this, for which clinic, and one transaction a request."""

from collections.abc import Callable

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from tenancy.acting import acting
from tenancy.models import Branch, Clinic, Membership
from tenancy.roles import capabilities_of
from tenancy.scope import USER_DOOR_SETTING, clinic_scope, door

LANGUAGE_COOKIE = "language"


class LanguageMiddleware:
    """Language: the person's own choice, then the browser's. Runs before any clinic is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        if not translation.check_for_language(chosen) or chosen not in {"en", "zh-hans"}:
            chosen = translation.get_language_from_request(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


# allauth's views raise these to be answered by its own middleware, which asks the database first.
ANSWERS = (ImmediateHttpResponse, ReauthenticationRequired)


class ClinicMiddleware:
    """Opens the scope of the clinic the signed-in person works in, for the whole request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.clinic = request.membership = request.branch = None
        request.memberships, request.capabilities = [], frozenset()
        if not request.user.is_authenticated or _is_another_door(request.path):
            return self.get_response(request)
        request.memberships = memberships_of(request.user.pk)
        membership = _chosen(request)
        if membership is None:
            return self.get_response(request)
        label = membership.display_name or str(request.user)
        with acting(f"member:{membership.pk}", label), clinic_scope(membership.clinic_id):
            enter(request, membership)
            return _finished(self.get_response(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A request that fails leaves nothing behind."""
        if isinstance(exception, ANSWERS):
            return
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)


def _is_another_door(path: str) -> bool:
    """Operator, API, webhooks, unsubscribe links, members and health open their own scopes."""
    return path.startswith(
        ("/admin/", "/api/", "/hooks/", "/u/", "/m/", "/livez", "/readyz", "/static/")
    )


def memberships_of(user_id: int) -> list[Membership]:
    """Active memberships in active clinics, before any clinic is known."""
    with door(USER_DOOR_SETTING, user_id):
        rows = Membership.at_the_door.filter(
            user_id=user_id, is_active=True, clinic__is_active=True
        )
        return list(rows.select_related("clinic").order_by("clinic__name", "pk"))


def _chosen(request: HttpRequest) -> Membership | None:
    wanted = request.session.get("clinic_id")
    for membership in request.memberships:
        if membership.clinic_id == wanted:
            return membership
    return request.memberships[0] if request.memberships else None


def enter(request: HttpRequest, membership: Membership) -> None:
    """Put the clinic, branch and capabilities on the request; the scope is open already."""
    clinic: Clinic = membership.clinic
    request.membership, request.clinic = membership, clinic
    request.capabilities = capabilities_of(membership.role)
    request.branches = list(Branch.objects.filter(is_active=True))
    branch_id = membership.branch_id or request.session.get("branch_id")
    request.branch = next((b for b in request.branches if b.pk == branch_id), None)
    if membership.branch_id:
        request.branches = [b for b in request.branches if b.pk == membership.branch_id]


def _finished(response: HttpResponse) -> HttpResponse:
    """Templates render inside the transaction; a lazy body would render outside the wall."""
    if hasattr(response, "render") and not response.is_rendered:
        response = response.render()
    if response.streaming and not hasattr(response, "file_to_stream"):
        raise RuntimeError("A streaming response would read tenant data outside its transaction.")
    if response.status_code >= 500:
        transaction.set_rollback(True)
    return response
