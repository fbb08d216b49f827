"""Pages of imports, under /customers/imports/."""

from django.urls import path

from customers import import_views as views

urlpatterns = [
    path("", views.import_list, name="import-list"),
    path("new/", views.import_new, name="import-new"),
    path("<int:import_id>/", views.import_detail, name="import-detail"),
    path("<int:import_id>/mapping/", views.import_mapping, name="import-mapping"),
    path("<int:import_id>/check/", views.import_check, name="import-check"),
    path("<int:import_id>/run/", views.import_run, name="import-run"),
    path("<int:import_id>/revert/", views.import_revert, name="import-revert"),
    path("<int:import_id>/progress/", views.import_progress, name="import-progress"),
    path("<int:import_id>/errors/", views.import_errors, name="import-errors"),
    path("<int:import_id>/discard/", views.import_discard, name="import-discard"),
]
