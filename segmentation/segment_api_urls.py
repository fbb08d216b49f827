from django.urls import path

from segmentation import segment_api as api

urlpatterns = [
    path("", api.SegmentsView.as_view(), name="api-segments"),
    path("<int:segment_id>/", api.SegmentView.as_view(), name="api-segment"),
    path("<int:segment_id>/count/", api.SegmentCountView.as_view(), name="api-segment-count"),
    path("<int:segment_id>/members/", api.SegmentMembersView.as_view(), name="api-segment-members"),
]
