from django.urls import include, path

from segmentation import detail_views, list_views, views

app_name = "segmentation"
urlpatterns = [
    path("", views.segment_list, name="list"),
    path("new/", views.segment_new, name="new"),
    path("build/", views.build, name="build"),
    path("compare/", detail_views.segment_compare, name="compare"),
    path("<int:segment_id>/", detail_views.segment_detail, name="detail"),
    path("<int:segment_id>/count/", views.segment_count, name="count"),
    path("<int:segment_id>/figures/", detail_views.segment_figures, name="figures"),
    path("<int:segment_id>/look/", detail_views.segment_look, name="look"),
    path("<int:segment_id>/edit/", views.segment_edit, name="edit"),
    path("<int:segment_id>/delete/", views.segment_delete, name="delete"),
    path("lists/", list_views.list_list, name="lists"),
    path("lists/new/", list_views.list_new, name="list-new"),
    path("lists/<int:list_id>/delete/", list_views.list_delete, name="list-delete"),
    path("scores/", include("segmentation.scores_urls")),
]
