from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from campaigns.webhooks import receive_reports
from clinic_crm import health, switch_clinic
from clinic_crm.api_docs import ApiDocsView, SchemaView
from customers.webhooks import receive

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("switch/", switch_clinic.switch_clinic, name="switch-clinic"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", ApiDocsView.as_view(), name="api-docs"),
    path("api/v1/", include("clinic_crm.api_v1")),
    path("hooks/receipts/<slug:clinic>/<slug:token>/", receive_reports, name="receipts"),
    path("hooks/v1/<slug:clinic>/<slug:token>/", receive, name="webhook"),
    path("settings/providers/", include("campaigns.provider_urls")),
    path("settings/connections/", include("customers.connection_urls")),
    path("settings/treatments/", include("customers.catalogue_urls")),
    path("settings/customers/", include("customers.settings_urls")),
    path("settings/", include("tenancy.urls")),
    path("customers/", include("customers.urls")),
    path("segments/scores/early-warning/", include("care.early_warning_urls")),
    path("segments/", include("segmentation.urls")),
    path("loyalty/", include("loyalty.urls")),
    path("tasks/", include("care.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("", include("campaigns.public_urls")),
    path("m/", include("loyalty.member.urls")),
    path("analytics/", include("analytics.urls")),
    path("", include("analytics.home_urls")),
]
if settings.DEMO or settings.DEBUG:
    from clinic_crm import mailbox_page, styleguide

    urlpatterns += [
        path("demo/mailbox/", mailbox_page.mailbox_list, name="demo-mailbox"),
        path("demo/mailbox/<str:key>/", mailbox_page.message, name="demo-mailbox-message"),
        path("styleguide/", styleguide.styleguide, name="styleguide"),
    ]

handler400 = "clinic_crm.error_pages.bad_request"
handler403 = "clinic_crm.error_pages.no_permission"
