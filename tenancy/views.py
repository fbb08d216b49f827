"""Settings: the clinic, its branches, people and API keys."""

import secrets

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenancy.access import requires
from tenancy.exceptions import DomainError
from tenancy.forms import ApiKeyForm, BranchForm, ClinicForm, MemberForm, RoleForm
from tenancy.models import ApiKey, Branch, Membership, User
from tenancy.roles import API_SCOPES, CAPABILITIES, CAPABILITY_WORDS, Role
from tenancy.services.audit import record
from tenancy.services.clinics import change_role, create_member
from tenancy.services.keys import create_api_key, revoke_api_key


@requires("settings.view")
@require_http_methods(["GET", "HEAD", "POST"])
def clinic(request: HttpRequest) -> HttpResponse:
    may_edit = "settings.edit" in request.capabilities
    form = ClinicForm(request.POST or None, instance=request.clinic)
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    elif request.method == "POST" and form.is_valid():
        form.save()
        record(by=request.membership, action="clinic.changed", detail={"fields": form.changed_data})
        messages.success(request, _("Saved. It counts from the next night and the next campaign."))
        return redirect("tenancy:clinic")
    status = 422 if form.errors else 200
    return render(
        request, "tenancy/clinic.html", {"form": form, "may_edit": may_edit}, status=status
    )


@requires("settings.view")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    members = Membership.objects.select_related("user", "branch").order_by("-is_active", "pk")
    capabilities = [
        (name, CAPABILITY_WORDS.get(name, name), [role in roles for role in Role])
        for name, roles in CAPABILITIES.items()
    ]
    context = {"members": members, "roles": Role.choices, "capabilities_by_role": capabilities}
    return render(request, "tenancy/people.html", context)


@requires("members.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add_member(request: HttpRequest) -> HttpResponse:
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_new = not User.objects.filter(email=form.cleaned_data["email"].lower()).exists()
        password = secrets.token_urlsafe(12)
        try:
            member = create_member(**form.cleaned_data, password=password)
        except DomainError as error:
            form.add_error("email", error.message)
        else:
            record(by=request.membership, action="member.added", subject=member)
            context = {"member": member, "password": password if is_new else ""}
            return render(request, "tenancy/member_added.html", context)
    return _form_page(request, form, _("Add a person"), _("Add to the clinic"), "tenancy:people")


@requires("members.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def change_member(request: HttpRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(Membership.objects.select_related("user"), pk=member_id)
    initial = {"role": member.role, "is_active": member.is_active}
    form = RoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_role(membership=member, **form.cleaned_data)
        except DomainError as error:
            form.add_error("role", error.message)
        else:
            record(by=request.membership, action="member.changed", subject=member)
            messages.success(request, _("Changed. It counts from their next click."))
            return redirect("tenancy:people")
    return _form_page(request, form, str(member), _("Save"), "tenancy:people")


@requires("settings.view")
@require_safe
def branches(request: HttpRequest) -> HttpResponse:
    return render(request, "tenancy/branches.html", {"rows": Branch.objects.all()})


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_branch(request: HttpRequest, branch_id: int | None = None) -> HttpResponse:
    branch = get_object_or_404(Branch.objects.all(), pk=branch_id) if branch_id else Branch()
    form = BranchForm(request.POST or None, instance=branch)
    if request.method == "POST" and form.is_valid():
        form.save()
        record(by=request.membership, action="branch.changed", subject=branch)
        messages.success(request, _("Saved."))
        return redirect("tenancy:branches")
    title = branch.name or _("Add a branch")
    return _form_page(request, form, title, _("Save"), "tenancy:branches")


@requires("settings.view")
@require_safe
def api_keys(request: HttpRequest) -> HttpResponse:
    keys = [
        (key, [API_SCOPES[scope] for scope in key.scopes if scope in API_SCOPES])
        for key in ApiKey.objects.all()
    ]
    return render(request, "tenancy/api_keys.html", {"keys": keys})


@requires("api_keys.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add_api_key(request: HttpRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            text, key = create_api_key(**form.cleaned_data)
        except DomainError as error:
            form.add_error("name", error.message)
        else:
            record(by=request.membership, action="api_key.created", subject=key)
            return render(request, "tenancy/api_key_made.html", {"key": key, "text": text})
    return _form_page(request, form, _("New API key"), _("Make the key"), "tenancy:api-keys")


@requires("api_keys.manage")
@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.all(), pk=key_id)
    revoke_api_key(key=key)
    record(by=request.membership, action="api_key.revoked", subject=key)
    messages.success(request, _("Revoked. It opens nothing from now on."))
    return redirect("tenancy:api-keys")


def _form_page(
    request: HttpRequest, form: Form, title: str, submit: str, back: str
) -> HttpResponse:
    lists = {
        "tenancy:people": _("People"),
        "tenancy:branches": _("Branches"),
        "tenancy:api-keys": _("API keys"),
    }
    context = {"form": form, "title": title, "submit": submit, "back": back, "list": lists[back]}
    return render(request, "tenancy/form.html", context, status=422 if form.errors else 200)
