from django.urls import path

from campaigns.views import plans, running

app_name = "campaigns"
urlpatterns = [
    path("", plans.campaign_list, name="list"),
    path("new/", plans.campaign_new, name="new"),
    path("audience/", plans.audience_count, name="audience"),
    path("preview/", plans.preview, name="preview"),
    path("<int:campaign_id>/", running.campaign_detail, name="detail"),
    path("<int:campaign_id>/edit/", plans.campaign_edit, name="edit"),
    path("<int:campaign_id>/review/", running.review, name="review"),
    path("<int:campaign_id>/progress/", running.progress, name="progress"),
    path("<int:campaign_id>/customers/", running.customer_rows, name="customers"),
    path("<int:campaign_id>/pause/", running.pause, name="pause"),
    path("<int:campaign_id>/resume/", running.resume, name="resume"),
    path("<int:campaign_id>/cancel/", running.cancel, name="cancel"),
]
