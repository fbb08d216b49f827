from django.urls import path

from loyalty import api_coupons, api_members, api_rewards
from loyalty.api_activities import MemberActivitiesView

urlpatterns = [
    path("rewards/", api_rewards.RewardsView.as_view(), name="api-rewards"),
    path("rewards/<int:reward_id>/redeem/", api_rewards.RewardClaimView.as_view(),
         name="api-redeem"),
    path("redemptions/<str:code>/hand-over/", api_rewards.HandOverView.as_view(),
         name="api-hand-over"),
    path("redemptions/<str:code>/undo/", api_rewards.UndoView.as_view(), name="api-undo"),
    path("coupons/check/", api_coupons.CouponCheckView.as_view(), name="api-coupon-check"),
    path("coupons/use/", api_coupons.CouponTakeView.as_view(), name="api-coupon-use"),
    path("coupons/uses/<int:use_id>/settle/", api_coupons.CouponSettleView.as_view(),
         name="api-coupon-settle"),
    path("coupons/uses/<int:use_id>/release/", api_coupons.CouponReleaseView.as_view(),
         name="api-coupon-release"),
    path("members/<str:source>/<str:external_id>/", api_members.MemberView.as_view(),
         name="api-member"),
    path("members/<str:source>/<str:external_id>/link/", api_members.MemberLinkView.as_view(),
         name="api-member-link"),
    path("members/<str:source>/<str:external_id>/activities/", MemberActivitiesView.as_view(),
         name="api-member-activities"),
    path("members/<str:source>/<str:external_id>/consents/",
         api_members.MemberConsentView.as_view(), name="api-member-consent"),
]  # fmt: skip
