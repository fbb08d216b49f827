"""Every route of the API, version 1: each app brings its own beside its services."""

from django.urls import include, path, re_path

from clinic_crm.api_errors import unknown_route

urlpatterns = [
    path("", include("customers.api_urls")),
    path("loyalty/", include("loyalty.api_urls")),
    path("booking-cards/", include("loyalty.booking_urls")),
    path("", include("loyalty.reward_api_urls")),
    path("", include("loyalty.point_api_urls")),
    path("scores/", include("segmentation.api_urls")),
    path("campaigns/", include("campaigns.api_urls")),
    path("segments/", include("segmentation.segment_api_urls")),
    path("results/", include("analytics.api_urls")),
    re_path("", unknown_route),  # the last one: the API never answers with a page
]
