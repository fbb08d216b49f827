from django.urls import path

from segmentation import api

urlpatterns = [
    path("", api.ScoresView.as_view(), name="api-scores"),
    path("report/", api.ForecastReportView.as_view(), name="api-score-report"),
    path("runs/", api.ScoreRunsView.as_view(), name="api-score-runs"),
    path("runs/<int:job_id>/", api.ScoreRunView.as_view(), name="api-score-run"),
    path("of/<str:source>/<str:external_id>/", api.ScoreView.as_view(), name="api-score"),
]
