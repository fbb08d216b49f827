from django.urls import path

from loyalty import api_rewards as api
from loyalty.api_activities import MemberActivitiesView

urlpatterns = [
    path("rewards/", api.RewardsView.as_view(), name="api-rewards"),
    path("rewards/<int:reward_id>/redeem/", api.RewardClaimView.as_view(), name="api-redeem"),
    path("redemptions/<str:code>/hand-over/", api.HandOverView.as_view(), name="api-hand-over"),
    path("redemptions/<str:code>/undo/", api.UndoView.as_view(), name="api-undo"),
    path("coupons/check/", api.CouponCheckView.as_view(), name="api-coupon-check"),
    path("coupons/use/", api.CouponTakeView.as_view(), name="api-coupon-use"),
    path("coupons/uses/<int:use_id>/settle/", api.CouponSettleView.as_view(),
         name="api-coupon-settle"),
    path("coupons/uses/<int:use_id>/release/", api.CouponReleaseView.as_view(),
         name="api-coupon-release"),
    path("members/<str:source>/<str:external_id>/", api.MemberView.as_view(), name="api-member"),
    path("members/<str:source>/<str:external_id>/link/", api.MemberLinkView.as_view(),
         name="api-member-link"),
    path("members/<str:source>/<str:external_id>/activities/", MemberActivitiesView.as_view(),
         name="api-member-activities"),
    path("members/<str:source>/<str:external_id>/consents/", api.MemberConsentView.as_view(),
         name="api-member-consent"),
]  # fmt: skip
