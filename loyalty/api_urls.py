from django.urls import path

from loyalty.api import LoyaltyView
from loyalty.api_joining import JoinView

urlpatterns = [
    path("members/", JoinView.as_view(), name="api-join"),
    path("<str:source>/<str:external_id>/", LoyaltyView.as_view(), name="api-loyalty"),
]
