from django.urls import include, path

from customers.views import changes, listing, profile

app_name = "customers"
urlpatterns = [
    path("", listing.customer_list, name="list"),
    path("imports/", include("customers.import_urls")),
    path("search/", listing.search, name="search"),
    path("filters/", listing.filter_form, name="filters"),
    path("count/", listing.exact_count, name="count"),
    path("<int:customer_id>/", profile.customer_detail, name="detail"),
    path("<int:customer_id>/timeline/", profile.timeline, name="timeline"),
    path("<int:customer_id>/edit/", changes.customer_edit, name="edit"),
    path("<int:customer_id>/notes/", changes.note_add, name="note-add"),
    path("<int:customer_id>/tags/", changes.tag_add, name="tag-add"),
    path("<int:customer_id>/tags/<int:tag_id>/remove/", changes.tag_remove, name="tag-remove"),
    path("<int:customer_id>/consents/", changes.consent_change, name="consent-change"),
]
