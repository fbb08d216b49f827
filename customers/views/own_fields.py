"""Settings: the clinic's own fields of a customer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.custom_field_forms import OwnFieldForm
from customers.models import CustomField
from customers.services import custom_fields
from tenancy.access import requires


@requires("settings.view")
@require_safe
def own_fields(request: HttpRequest) -> HttpResponse:
    return render(request, "customers/settings/fields.html", {"fields": CustomField.objects.all()})


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_own_field(request: HttpRequest, field_id: int | None = None) -> HttpResponse:
    field = get_object_or_404(CustomField.objects.all(), pk=field_id) if field_id else None
    form = OwnFieldForm(
        request.POST if request.method == "POST" else None,
        is_new=field is None,
        initial=_initial(field),
    )
    if form.is_valid():
        said = form.cleaned_data | {"key": field.key if field else form.cleaned_data["key"]}
        try:
            custom_fields.save_field(field=field, by=request.membership, **said)
        except custom_fields.FieldRefused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("Saved. It stands on every profile and form at once."))
            return redirect("customer-settings:fields")
    title = field.label if field else _("Add a field")
    context = {"form": form, "title": title, "field": field}
    status = 422 if form.errors else 200
    return render(request, "customers/settings/field.html", context, status=status)


@requires("settings.edit")
@require_POST
def move_own_field(request: HttpRequest, field_id: int) -> HttpResponse:
    field = get_object_or_404(CustomField.objects.all(), pk=field_id)
    custom_fields.move_field(field=field, up=request.POST.get("direction") == "up")
    return redirect("customer-settings:fields")


def _initial(field: CustomField | None) -> dict[str, object]:
    if field is None:
        return {}
    choices = "\n".join(field.choices)
    return {
        "label": field.label, "kind": field.kind, "key": field.key, "choices": choices,
        "is_active": field.is_active,
    }  # fmt: skip
