"""Which programme the designer's pages are about: the default one, or `?programme=`."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from loyalty.models import Programme
from loyalty.queries.programmes import default_programme


def programme_or_404(request: HttpRequest) -> Programme:
    asked = request.GET.get("programme", "")
    if asked:
        if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
            raise Http404
        return get_object_or_404(Programme.objects.all(), pk=int(asked))
    programme = default_programme()
    if programme is None:
        raise Http404
    return programme


def page_of(programme: Programme, name: str) -> HttpResponse:
    """Back to a page of the designer, about the same programme."""
    query = "" if programme.is_default else f"?programme={programme.pk}"
    return redirect(reverse(name) + query)
