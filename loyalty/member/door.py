"""The member's door: a signed cookie names clinic and session; the row decides. One person only.

Views behind it get `request.member`, the customer, and `request.clinic`, in an open scope. They
ask for no customer's id: everything is found from the member.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from loyalty.refusals import LinkRefused
from loyalty.services.member_links import SESSION_LASTS, SESSION_SALT, read_signed, session_of
from tenancy.acting import acting
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

COOKIE = "member"
View = Callable[..., HttpResponse]


def member_page(view: View) -> View:
    """Let in only whom a session opens the page to; send others to where they can come in."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            signed = request.COOKIES.get(COOKIE, "")
            clinic_id, secret = read_signed(signed, salt=SESSION_SALT)
            clinic = Clinic.objects.get(pk=clinic_id, is_active=True)
        except (LinkRefused, Clinic.DoesNotExist):
            return closed(request)
        with acting("self:0", clinic.name), clinic_scope(clinic.pk):
            session = session_of(secret, at=timezone.now())
            if session is None:
                return closed(request, clinic)
            request.clinic, request.member_session = clinic, session
            request.member = session.customer
            try:
                return view(request, *args, **kwargs)
            except Http404:  # what is not this member's is as unknown as what never was
                transaction.set_rollback(True)
                return render(request, "member/not_there.html", {"house": clinic}, status=404)

    return guarded


def closed(request: HttpRequest, clinic: Clinic | None = None) -> HttpResponse:
    """Nobody is signed in: to the clinic's entrance, or a page that says where to get a link."""
    if clinic is not None:
        return redirect("member:ask", clinic.slug)
    return render(request, "member/closed.html", status=403)


def let_in(response: HttpResponse, cookie: str) -> HttpResponse:
    """Hand the browser its session."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/m/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def let_out(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path="/m/", samesite="Lax")
    return response
