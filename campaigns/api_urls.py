from django.urls import path

from campaigns import api

urlpatterns = [
    path("", api.CampaignsView.as_view(), name="api-campaigns"),
    path("templates/", api.TemplatesView.as_view(), name="api-campaign-templates"),
    path("<int:campaign_id>/", api.CampaignView.as_view(), name="api-campaign"),
    path("<int:campaign_id>/launch/", api.CampaignLaunchView.as_view(), name="api-campaign-launch"),
    path("<int:campaign_id>/pause/", api.CampaignPauseView.as_view(), name="api-campaign-pause"),
    path("<int:campaign_id>/resume/", api.CampaignResumeView.as_view(), name="api-campaign-resume"),
    path("<int:campaign_id>/cancel/", api.CampaignCancelView.as_view(), name="api-campaign-cancel"),
]
