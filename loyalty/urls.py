from django.urls import include, path

from loyalty.views import accounts, programme, receipts

app_name = "loyalty"
urlpatterns = [
    path("", include("loyalty.book_urls")),
    path("", programme.overview, name="overview"),
    path("edit/", programme.edit, name="edit"),
    path("accounts/<int:account_id>/", accounts.account_detail, name="account"),
    path("accounts/<int:account_id>/redeem/", accounts.redeem_points, name="redeem"),
    path("accounts/<int:account_id>/adjust/", accounts.adjust_points, name="adjust"),
    path("tier-changes/<int:change_id>/", receipts.tier_change, name="tier-change"),
    path("", include("loyalty.reward_urls")),
    path("design/", include("loyalty.design_urls")),
]
