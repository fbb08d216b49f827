from django.urls import path

from loyalty.api_booking import BookingCardView, NamedBookingCardView

urlpatterns = [
    path("<int:customer_id>/", BookingCardView.as_view(), name="api-booking-card"),
    path(
        "<str:source>/<str:external_id>/",
        NamedBookingCardView.as_view(),
        name="api-named-booking-card",
    ),
]
