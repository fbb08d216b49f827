from django.urls import include, path

from customers.views import changes, consents, guardians, health, history, listing, profile, record

app_name = "customers"
urlpatterns = [
    path("", listing.customer_list, name="list"),
    path("imports/", include("customers.import_urls")),
    path("duplicates/", include("customers.duplicate_urls")),
    path("search/", listing.search, name="search"),
    path("filters/", listing.filter_form, name="filters"),
    path("count/", listing.exact_count, name="count"),
    path("conditions/", listing.condition_form, name="condition-form"),
    path("columns/", listing.column_form, name="column-form"),
    path("new/", record.customer_new, name="new"),
    path("known/", record.known_already, name="known"),
    path("pick/<slug:name>/", record.pick, name="pick"),
    path("contact-rows/<slug:kind>/", record.contact_row, name="contact-row"),
    path("<int:customer_id>/", profile.customer_detail, name="detail"),
    path("<int:customer_id>/", include("customers.story_urls")),
    path("<int:customer_id>/timeline/", profile.timeline, name="timeline"),
    path("<int:customer_id>/edit/", record.customer_edit, name="edit"),
    path("<int:customer_id>/history/", history.history, name="history"),
    path("<int:customer_id>/health/", health.health_detail, name="health"),
    path("<int:customer_id>/health/reason/", health.health_reason, name="health-reason"),
    path("<int:customer_id>/health/change/", health.health_change, name="health-change"),
    path("<int:customer_id>/guardians/add/", guardians.guardian_add, name="guardian-add"),
    path(
        "<int:customer_id>/guardians/<int:guardian_id>/remove/",
        guardians.guardian_remove,
        name="guardian-remove",
    ),
    path("<int:customer_id>/notes/", changes.note_add, name="note-add"),
    path("<int:customer_id>/tags/", changes.tag_add, name="tag-add"),
    path("<int:customer_id>/tags/<int:tag_id>/remove/", changes.tag_remove, name="tag-remove"),
    path("<int:customer_id>/consents/all/", consents.consents, name="consents"),
    path("<int:customer_id>/consents/note/", consents.consent_note, name="consent-note"),
    path("<int:customer_id>/consents/", changes.consent_change, name="consent-change"),
]
