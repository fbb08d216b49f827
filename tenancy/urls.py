from django.urls import path

from tenancy import views

app_name = "tenancy"
urlpatterns = [
    path("", views.clinic, name="clinic"),
    path("branches/", views.branches, name="branches"),
    path("branches/new/", views.edit_branch, name="add-branch"),
    path("branches/<int:branch_id>/", views.edit_branch, name="edit-branch"),
    path("people/", views.people, name="people"),
    path("people/new/", views.add_member, name="add-member"),
    path("people/<int:member_id>/", views.change_member, name="change-member"),
    path("api-keys/", views.api_keys, name="api-keys"),
    path("api-keys/new/", views.add_api_key, name="add-api-key"),
    path("api-keys/<int:key_id>/revoke/", views.revoke_key, name="revoke-key"),
]
