from django.urls import path

from customers import api

urlpatterns = [
    path("customers/", api.CustomersView.as_view(), name="api-customers"),
    path(
        "customers/<str:source>/<str:external_id>/", api.CustomerView.as_view(), name="api-customer"
    ),
    path("appointments/", api.AppointmentsView.as_view(), name="api-appointments"),
    path("sales/", api.SalesView.as_view(), name="api-sales"),
]
