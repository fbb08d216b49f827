from django.urls import path

from segmentation import scores_views

urlpatterns = [
    path("", scores_views.scores, name="scores"),
    path("run/", scores_views.score_now, name="score-now"),
    path("held/<int:run_id>/", scores_views.release_scores, name="score-release"),
    path("run/<int:job_id>/", scores_views.score_progress, name="score-progress"),
]
