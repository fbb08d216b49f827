"""Rewards, coupons, friends and the desk; included by `loyalty.urls`, so named `loyalty:…`."""

from django.urls import path

from loyalty.views import coupons, desk, desk_acts, referrals, rewards

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/<int:customer_id>/", desk.desk_customer, name="desk-customer"),
    path(
        "desk/<int:customer_id>/rewards/<int:reward_id>/", desk_acts.desk_reward, name="desk-reward"
    ),
    path("desk/<int:customer_id>/pick/", desk.desk_pick, name="desk-pick"),
    path("desk/<int:customer_id>/activity/", desk_acts.desk_activity, name="desk-activity"),
    path("desk/<int:customer_id>/coupon/", desk_acts.desk_coupon, name="desk-coupon"),
    path("desk/<int:customer_id>/give/<int:offer_id>/", desk_acts.desk_give, name="desk-give"),
    path("desk/<int:customer_id>/referrer/", desk_acts.desk_referrer, name="desk-referrer"),
    path("desk/<int:customer_id>/page/", desk.desk_member_link, name="desk-page"),
    path("desk/redemptions/<int:redemption_id>/hand-over/", desk_acts.desk_hand_over,
         name="desk-hand-over"),
    path("desk/redemptions/<int:redemption_id>/undo/", desk_acts.desk_undo, name="desk-undo"),
    path("rewards/", rewards.reward_list, name="rewards"),
    path("rewards/new/", rewards.reward_edit, name="reward-new"),
    path("rewards/<int:reward_id>/", rewards.reward_edit, name="reward"),
    path("offers/", coupons.offer_list, name="offers"),
    path("offers/new/", coupons.offer_edit, name="offer-new"),
    path("offers/<int:offer_id>/", coupons.offer_detail, name="offer"),
    path("offers/<int:offer_id>/edit/", coupons.offer_edit, name="offer-edit"),
    path("offers/<int:offer_id>/issue/", coupons.offer_issue, name="offer-issue"),
    path("offers/<int:offer_id>/print/", coupons.offer_print, name="offer-print"),
    path("referrals/", referrals.referral_list, name="referrals"),
    path("referrals/terms/", referrals.referral_terms, name="referral-terms"),
    path("referrals/<int:customer_id>/", referrals.referral_tree, name="referral-tree"),
    path("referrals/<int:customer_id>/code/", referrals.referral_code, name="referral-code"),
]  # fmt: skip
