from django.urls import path

from loyalty import api_points as api

urlpatterns = [
    path("points/redemptions/", api.SpendView.as_view(), name="api-points-redeem"),
    path("points/redemptions/<str:reference>/return/", api.GiveBackView.as_view(),
         name="api-points-return"),
    path("points/holds/", api.HoldsView.as_view(), name="api-points-holds"),
    path("points/holds/<str:reference>/redeem/", api.CaptureView.as_view(),
         name="api-points-capture"),
    path("points/holds/<str:reference>/release/", api.ReleaseView.as_view(),
         name="api-points-release"),
    path("points/<str:source>/<str:external_id>/", api.StatementView.as_view(),
         name="api-points-statement"),
]  # fmt: skip
