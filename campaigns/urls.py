from django.urls import include, path

from campaigns.views import flows, of_customer, plans, reviews, running, steps

app_name = "campaigns"
urlpatterns = [
    path("", plans.campaign_list, name="list"),
    path("", include("campaigns.template_urls")),
    path("new/", plans.campaign_new, name="new"),
    path("flows/", flows.flow_list, name="flows"),
    path("flows/<slug:key>/", flows.flow_take, name="flow-take"),
    path("audience/", plans.audience_count, name="audience"),
    path("of/<int:customer_id>/", of_customer.messages_of, name="of-customer"),
    path("preview/", plans.preview, name="preview"),
    path("<int:campaign_id>/", running.campaign_detail, name="detail"),
    path("<int:campaign_id>/edit/", plans.campaign_edit, name="edit"),
    path("<int:campaign_id>/copy/", plans.campaign_copy, name="copy"),
    path("<int:campaign_id>/steps/", steps.step_list, name="steps"),
    path("<int:campaign_id>/steps/draw/", steps.steps_draw, name="steps-draw"),
    path("<int:campaign_id>/steps/new/<str:kind>/", steps.step_new, name="step-new"),
    path("<int:campaign_id>/steps/<int:number>/", steps.step_edit, name="step-edit"),
    path("<int:campaign_id>/steps/<int:number>/remove/", steps.step_remove, name="step-remove"),
    path("<int:campaign_id>/steps/<int:number>/move/", steps.step_move, name="step-move"),
    path("<int:campaign_id>/steps/<int:number>/says/", steps.variant_new, name="variant-new"),
    path(
        "<int:campaign_id>/steps/<int:number>/says/<int:variant_id>/",
        steps.variant_edit,
        name="variant-edit",
    ),
    path(
        "<int:campaign_id>/steps/<int:number>/says/<int:variant_id>/remove/",
        steps.variant_remove,
        name="variant-remove",
    ),
    path("<int:campaign_id>/review/", reviews.review_page, name="review"),
    path("<int:campaign_id>/approve/", reviews.approve, name="approve"),
    path("<int:campaign_id>/test/", reviews.test_send, name="test-send"),
    path("<int:campaign_id>/change/", running.change, name="change"),
    path("<int:campaign_id>/progress/", running.progress, name="progress"),
    path("<int:campaign_id>/customers/", running.customer_rows, name="customers"),
    path("<int:campaign_id>/pause/", running.pause, name="pause"),
    path("<int:campaign_id>/resume/", running.resume, name="resume"),
    path("<int:campaign_id>/cancel/", running.cancel, name="cancel"),
]
