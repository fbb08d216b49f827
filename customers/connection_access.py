"""Who may see connections: their events speak of all branches."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tenancy.access import requires

CAPABILITY = "connections.manage"


def managing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For those who manage connections; nobody who is bound to one branch may."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.membership.branch_id:
            raise PermissionDenied(CAPABILITY)
        return view(request, *args, **kwargs)

    return requires(CAPABILITY)(guarded)
