from django.urls import path

from care import early_warning_views

app_name = "early-warning"
urlpatterns = [
    path("", early_warning_views.warnings, name="list"),
    path("give/", early_warning_views.give, name="give"),
    path("campaign/", early_warning_views.campaign, name="campaign"),
]
