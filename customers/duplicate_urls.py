from django.urls import path

from customers.views import duplicates

urlpatterns = [
    path("", duplicates.queue, name="duplicates"),
    path("search/", duplicates.search_now, name="duplicate-search"),
    path("rules/", duplicates.rules, name="duplicate-rules"),
    path("merges/", duplicates.merges, name="duplicate-merges"),
    path("merges/<int:merge_id>/undo/", duplicates.undo, name="duplicate-undo"),
    path("of/<int:customer_id>/", duplicates.pick_other, name="duplicate-pick"),
    path("<int:customer_id>/and/<int:other_id>/", duplicates.compare, name="duplicate-compare"),
    path("<int:pair_id>/different/", duplicates.different, name="duplicate-different"),
    path("<int:pair_id>/again/", duplicates.ask_again, name="duplicate-again"),
]
