"""Addresses no page can have: a NUL in the path would break the first query that looks for it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse


class OddPathMiddleware:
    """Answers them as any unknown address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info:
            raise Http404
        return self.get_response(request)
