from django.urls import URLPattern, path

from customers import api, api_adverse_events


def _routes(views: api.RecordViews) -> list[URLPattern]:
    noun = views.noun
    own_id = "code/<str:code>/" if noun == "treatment" else "<str:source>/<str:external_id>/"
    return [
        path(f"{noun}s/", views.many.as_view(), name=f"api-{noun}s"),
        path(f"{noun}s/bulk/", views.bulk.as_view(), name=f"api-{noun}s-bulk"),
        path(f"{noun}s/<int:record_id>/", views.one.as_view(), name=f"api-{noun}"),
        path(f"{noun}s/{own_id}", views.named.as_view(), name=f"api-named-{noun}"),
    ]


urlpatterns = [
    *(route for views in api.RECORDS for route in _routes(views)),
    path("adverse-events/", api_adverse_events.EventsView.as_view(), name="api-adverse-events"),
    path(
        "adverse-events/<int:event_id>/close/",
        api_adverse_events.CloseView.as_view(),
        name="api-adverse-event-close",
    ),
    path("deletions/", api.DeletionsView.as_view(), name="api-deletions"),
]
