from django.urls import path

from customers import api

urlpatterns = [
    path("customers/", api.CustomersView.as_view(), name="api-customers"),
    path("customers/bulk/", api.CustomersBulkView.as_view(), name="api-customers-bulk"),
    path("customers/<int:record_id>/", api.CustomerView.as_view(), name="api-customer"),
    path(
        "customers/<str:source>/<str:external_id>/",
        api.NamedCustomerView.as_view(),
        name="api-named-customer",
    ),
    path("appointments/", api.AppointmentsView.as_view(), name="api-appointments"),
    path("appointments/bulk/", api.AppointmentsBulkView.as_view(), name="api-appointments-bulk"),
    path("appointments/<int:record_id>/", api.AppointmentView.as_view(), name="api-appointment"),
    path(
        "appointments/<str:source>/<str:external_id>/",
        api.NamedAppointmentView.as_view(),
        name="api-named-appointment",
    ),
    path("sales/", api.SalesView.as_view(), name="api-sales"),
    path("sales/bulk/", api.SalesBulkView.as_view(), name="api-sales-bulk"),
    path("sales/<int:record_id>/", api.SaleView.as_view(), name="api-sale"),
    path(
        "sales/<str:source>/<str:external_id>/", api.NamedSaleView.as_view(), name="api-named-sale"
    ),
    path("interactions/", api.InteractionsView.as_view(), name="api-interactions"),
    path("interactions/bulk/", api.InteractionsBulkView.as_view(), name="api-interactions-bulk"),
    path("interactions/<int:record_id>/", api.InteractionView.as_view(), name="api-interaction"),
    path(
        "interactions/<str:source>/<str:external_id>/",
        api.NamedInteractionView.as_view(),
        name="api-named-interaction",
    ),
    path("treatments/", api.TreatmentsView.as_view(), name="api-treatments"),
    path("treatments/bulk/", api.TreatmentsBulkView.as_view(), name="api-treatments-bulk"),
    path("treatments/<int:record_id>/", api.TreatmentView.as_view(), name="api-treatment"),
    path(
        "treatments/code/<str:code>/", api.NamedTreatmentView.as_view(), name="api-named-treatment"
    ),
    path("deletions/", api.DeletionsView.as_view(), name="api-deletions"),
]
