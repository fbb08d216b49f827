from django.urls import path

from analytics.views import home

urlpatterns = [path("", home.today, name="home")]
