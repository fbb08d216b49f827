"""Pages of the catalogue, under /settings/treatments/."""

from django.urls import path

from customers.views import catalogue

app_name = "catalogue"
urlpatterns = [
    path("", catalogue.treatments, name="list"),
    path("new/", catalogue.edit_treatment, name="add"),
    path("<int:treatment_id>/", catalogue.edit_treatment, name="edit"),
]
