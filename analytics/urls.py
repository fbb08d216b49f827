from django.urls import path

from analytics.views import overview, result

app_name = "analytics"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("campaigns/<int:campaign_id>/", result.campaign_result, name="campaign-result"),
]
