"""Settings about customers, under /settings/customers/."""

from django.urls import path

from customers.views import own_fields, sources

app_name = "customer-settings"
urlpatterns = [
    path("fields/", own_fields.own_fields, name="fields"),
    path("fields/new/", own_fields.edit_own_field, name="add-field"),
    path("fields/<int:field_id>/", own_fields.edit_own_field, name="edit-field"),
    path("fields/<int:field_id>/move/", own_fields.move_own_field, name="move-field"),
    path("sources/", sources.sources, name="sources"),
    path("sources/new/", sources.edit_source, name="add-source"),
    path("sources/<int:source_id>/", sources.edit_source, name="edit-source"),
]
