from django.urls import include, path

app_name = "segmentation"
urlpatterns = [
    path("scores/", include("segmentation.scores_urls")),
]
