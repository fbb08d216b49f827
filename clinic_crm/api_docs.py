"""/api/docs/: the API to read and try, from our own files only and under the strict policy."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView


@method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}), name="dispatch")
class ApiDocsView(SpectacularSwaggerSplitView):
    """The script stands in a file of its own; styles it sets itself, so they are allowed inline."""

    url_name = "api-schema"
