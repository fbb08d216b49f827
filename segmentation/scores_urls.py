from django.urls import path

from segmentation import scores_views
from segmentation.scores_pages import (
    distribution_views,
    due_views,
    movement_views,
    value_views,
)

urlpatterns = [
    path("", scores_views.scores, name="scores"),
    path("run/", scores_views.score_now, name="score-now"),
    path("held/<int:run_id>/", scores_views.release_scores, name="score-release"),
    path("run/<int:job_id>/", scores_views.score_progress, name="score-progress"),
    path("movement/", movement_views.movement, name="movement"),
    path("movement/people/", movement_views.people, name="moved"),
    path("value/", value_views.value, name="value"),
    path("value/traits/", value_views.traits, name="traits"),
    path("due/", due_views.calendar, name="due"),
    path("due/people/", due_views.people, name="due-people"),
    path("distributions/", distribution_views.page, name="distributions"),
]
