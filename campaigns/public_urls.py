"""Pages for people who have no account: they come from a link in a message."""

from django.urls import path

from campaigns import public_views

app_name = "campaigns_public"
urlpatterns = [
    path("u/<str:token>/", public_views.unsubscribe, name="unsubscribe"),
    path("c/<str:token>/", public_views.click, name="click"),
    path("o/<str:token>/", public_views.opened, name="opened"),
]
