from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: more than a form may carry, or what no page of ours sends."""
    return render(request, "errors/400.html", status=400)


def no_permission(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 in the product's own look, saying who can help."""
    return render(request, "errors/403.html", status=403)
