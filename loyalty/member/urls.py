"""Pages for members, who have no account with us: a link, a code or WeChat lets them in."""

from django.urls import path

from loyalty.member import entrance, pages, profile

app_name = "member"
urlpatterns = [
    path("", pages.home, name="home"),
    path("history/", pages.history, name="history"),
    path("activities/", pages.activities, name="activities"),
    path("profile/", profile.profile, name="profile"),
    path("profile/code/", profile.confirm, name="profile-confirm"),
    path("consents/", pages.consents, name="consents"),
    path("rewards/<int:reward_id>/claim/", pages.claim, name="claim"),
    path("claims/<int:redemption_id>/undo/", pages.undo_claim, name="undo-claim"),
    path("out/", pages.leave, name="leave"),
    path("l/<str:token>/", entrance.open_by_link, name="open"),
    path("r/<slug:clinic>/<str:code>/", entrance.invitation, name="invitation"),
    path("wechat/back/", entrance.wechat_back, name="wechat-back"),
    path("wechat/<slug:clinic>/", entrance.wechat_start, name="wechat"),
    path("at/<slug:clinic>/", entrance.ask, name="ask"),
    path("at/<slug:clinic>/code/", entrance.enter, name="enter"),
]
