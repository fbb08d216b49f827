"""Every route of the API, version 1: each app brings its own beside its services."""

from django.urls import include, path

urlpatterns = [
    path("", include("customers.api_urls")),
    path("loyalty/", include("loyalty.api_urls")),
]
