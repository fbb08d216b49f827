"""What a view asks of the person in front of it."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenancy.roles import CAPABILITIES

View = Callable[..., HttpResponse]


def requires(capability: str) -> Callable[[View], View]:
    """Let in only members of the current clinic whose role has this capability."""
    if capability not in CAPABILITIES:
        raise ValueError(f"{capability!r} is not in tenancy.roles.CAPABILITIES")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.membership is None:
                return render(request, "errors/no_clinic.html", status=403)
            if capability not in request.capabilities:
                raise PermissionDenied(capability)
            return view(request, *args, **kwargs)

        guarded.capability = capability
        return guarded

    return decorate
