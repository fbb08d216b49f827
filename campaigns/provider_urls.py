"""Pages of providers, under /settings/providers/."""

from django.urls import path

from campaigns.views import providers

app_name = "providers"
urlpatterns = [
    path("", providers.provider_list, name="list"),
    path("new/<slug:kind>/", providers.provider_new, name="new"),
    path("<int:account_id>/", providers.provider_edit, name="edit"),
    path("<int:account_id>/test/", providers.provider_test, name="test"),
    path("<int:account_id>/state/", providers.provider_state, name="state"),
    path("arm/", providers.arm_sending, name="arm"),
    path("unknown/", providers.unknown_messages, name="unknown"),
    path("unknown/settle/", providers.settle_unknown, name="settle"),
]
