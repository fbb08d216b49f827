from django.urls import path

from analytics.views import clinic_holdout, experiments, overview, result

app_name = "analytics"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("campaigns/<int:campaign_id>/", result.campaign_result, name="campaign-result"),
    path(
        "campaigns/<int:campaign_id>/result.<str:kind>",
        result.campaign_export,
        name="campaign-export",
    ),
    path("holdout/", clinic_holdout.clinic_holdout, name="clinic-holdout"),
    path("holdout/start/", clinic_holdout.start, name="clinic-holdout-start"),
    path("holdout/end/", clinic_holdout.end, name="clinic-holdout-end"),
    path("experiments/", experiments.experiment_list, name="experiments"),
    path("experiments/<int:experiment_id>/", experiments.experiment_detail, name="experiment"),
    path(
        "experiments/<int:experiment_id>/result.json",
        experiments.experiment_export,
        name="experiment-export",
    ),
]
