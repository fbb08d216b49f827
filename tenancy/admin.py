"""The operator's side: clinics and people. Tenant rows are shown only inside their own clinic."""

from django.contrib import admin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from tenancy.models import Branch, Clinic, Membership, User
from tenancy.scope import clinic_scope

admin.site.site_title = admin.site.site_header = "clinic_crm operator"


class BranchInline(TabularInline):
    model = Branch
    fields = ("code", "name", "is_active")
    extra = 0


class MembershipInline(TabularInline):
    model = Membership
    fields = ("user", "role", "display_name", "is_active")
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Clinic)
class ClinicAdmin(ModelAdmin):
    """A clinic's page opens that clinic's scope; making one needs none, so it has no inlines."""

    list_display = ("name", "slug", "timezone", "currency", "is_active", "created_at")
    search_fields = ("name", "slug")
    list_filter = ("is_active",)
    readonly_fields = ("created_at",)
    inlines = (BranchInline, MembershipInline)

    def get_inlines(self, request: HttpRequest, obj: Clinic | None) -> tuple:
        return self.inlines if obj else ()

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None or not str(object_id).isdecimal():
            return super().changeform_view(request, object_id, form_url, extra_context)
        with clinic_scope(int(object_id)):
            response = super().changeform_view(request, object_id, form_url, extra_context)
            return response.render() if hasattr(response, "render") else response

    def has_delete_permission(self, request: HttpRequest, obj: Clinic | None = None) -> bool:
        return False  # a clinic is closed (is_active), never deleted by a click


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    list_filter = ("is_active", "is_staff")
    fields = ("email", "name", "language", "is_active", "is_staff", "is_superuser", "last_login")
    readonly_fields = ("last_login",)
    change_password_form = AdminPasswordChangeForm

    def save_model(self, request, obj: User, form, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # they set one by «Forgotten your password?»
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # what they did stays signed with their name; they are made inactive
