from django.urls import include, path

from segmentation import views

app_name = "segmentation"
urlpatterns = [
    path("", views.segment_list, name="list"),
    path("new/", views.segment_new, name="new"),
    path("build/", views.build, name="build"),
    path("<int:segment_id>/", views.segment_detail, name="detail"),
    path("<int:segment_id>/count/", views.segment_count, name="count"),
    path("<int:segment_id>/edit/", views.segment_edit, name="edit"),
    path("<int:segment_id>/delete/", views.segment_delete, name="delete"),
    path("scores/", include("segmentation.scores_urls")),
]
