from django.urls import path

from analytics import api

urlpatterns = [
    path("campaigns/", api.CampaignResultsView.as_view(), name="api-campaign-results"),
    path(
        "campaigns/<int:campaign_id>/",
        api.CampaignResultView.as_view(),
        name="api-campaign-result",
    ),
    path("experiments/", api.ExperimentsView.as_view(), name="api-experiments"),
    path("experiments/<int:experiment_id>/", api.ExperimentView.as_view(), name="api-experiment"),
]
