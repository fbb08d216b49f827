from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def no_permission(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 in the product's own look, saying who can help."""
    return render(request, "errors/403.html", status=403)
