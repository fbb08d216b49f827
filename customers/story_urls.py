"""What belongs to one customer's story, under /customers/<id>/."""

from django.urls import path

from customers.views import documents, packages, story

urlpatterns = [
    path("log/", story.log_interaction, name="log"),
    path("notes/<int:note_id>/change/", story.note_change, name="note-change"),
    path("notes/<int:note_id>/delete/", story.note_delete, name="note-delete"),
    path("notes/<int:note_id>/pin/", story.note_pin, name="note-pin"),
    path("notes/<int:note_id>/history/", story.note_history, name="note-history"),
    path("leaning/nature/", story.trait_change, {"aspect": "nature"}, name="trait-nature"),
    path("leaning/level/", story.trait_change, {"aspect": "level"}, name="trait-level"),
    path("packages/new/", packages.package_sell, name="package-sell"),
    path("packages/<int:package_id>/", packages.package_detail, name="package"),
    path("packages/<int:package_id>/use/", packages.session_use, name="session-use"),
    path("packages/<int:package_id>/cancel/", packages.package_cancel, name="package-cancel"),
    path(
        "packages/<int:package_id>/sessions/<int:session_id>/give-back/",
        packages.session_give_back,
        name="session-give-back",
    ),
    path("files/", documents.file_list, name="files"),
    path("files/new/", documents.file_add, name="file-add"),
    path("files/<int:file_id>/", documents.file_link, name="file"),
    path("files/<int:file_id>/open/", documents.file_open, name="file-open"),
    path("files/<int:file_id>/delete/", documents.file_delete, name="file-delete"),
]
