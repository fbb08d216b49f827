"""Pages of connections, under /settings/connections/."""

from django.urls import path

from customers.views import connections, subscriptions

app_name = "connections"
_SOURCE, _SUBSCRIPTION = "sources/<int:source_id>/", "subscriptions/<int:subscription_id>/"
urlpatterns = [
    path("", connections.connections, name="list"),
    path("sources/new/", connections.source_new, name="source-new"),
    path(_SOURCE, connections.source_detail, name="source"),
    path(f"{_SOURCE}mapping/", connections.source_mapping, name="mapping"),
    path(f"{_SOURCE}secret/", connections.source_secret, name="source-secret"),
    path(f"{_SOURCE}state/", connections.source_state, name="source-state"),
    path(f"{_SOURCE}replay/", connections.source_replay, name="source-replay"),
    path("records/<int:record_id>/", connections.record_detail, name="record"),
    path("records/<int:record_id>/replay/", connections.record_replay, name="record-replay"),
    path("subscriptions/new/", subscriptions.subscription_new, name="subscription-new"),
    path(_SUBSCRIPTION, subscriptions.subscription_detail, name="subscription"),
    path(f"{_SUBSCRIPTION}edit/", subscriptions.subscription_edit, name="subscription-edit"),
    path(f"{_SUBSCRIPTION}secret/", subscriptions.subscription_secret, name="subscription-secret"),
    path(f"{_SUBSCRIPTION}state/", subscriptions.subscription_state, name="subscription-state"),
    path(f"{_SUBSCRIPTION}end/", subscriptions.subscription_end, name="subscription-end"),
    path(f"{_SUBSCRIPTION}replay/", subscriptions.subscription_replay, name="subscription-replay"),
    path("deliveries/<int:delivery_id>/", subscriptions.delivery_detail, name="delivery"),
    path("deliveries/<int:delivery_id>/replay/", subscriptions.delivery_replay,
         name="delivery-replay"),
]  # fmt: skip
