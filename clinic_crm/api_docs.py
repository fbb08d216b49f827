"""/api/docs/: the API to read and try, from our own files only and under the strict policy."""

from functools import lru_cache

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


@lru_cache(maxsize=4)
def _document(_language: str | None) -> dict:
    """The same for everybody, and it takes seconds: made once a program and language."""
    return SchemaGenerator().get_schema(request=None, public=True)


class KeptGenerator(SchemaGenerator):
    def get_schema(self, request=None, public: bool = False) -> dict:
        return _document(get_language())


class SchemaView(SpectacularAPIView):
    generator_class = KeptGenerator


@method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}), name="dispatch")
class ApiDocsView(SpectacularSwaggerSplitView):
    """The script stands in a file of its own; styles it sets itself, so they are allowed inline."""

    url_name = "api-schema"
