from django.urls import path

from loyalty.api import LoyaltyView

urlpatterns = [
    path("<str:source>/<str:external_id>/", LoyaltyView.as_view(), name="api-loyalty"),
]
