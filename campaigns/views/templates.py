"""The clinic's templates, the library they begin from, and the editor with its live side."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.exceptions import CampaignRefused
from campaigns.library import READY, Ready, ready
from campaigns.merge_fields import MERGE_FIELDS, example_values
from campaigns.models import Template
from campaigns.services import ready_messages
from campaigns.services.composing import compile_text
from campaigns.template_forms import TemplateForm, initial_of
from campaigns.views.template_side import side_of
from tenancy.access import requires

CHANNEL_ICONS = {
    "email": "mail", "sms": "message-square", "wechat": "message-circle", "phone": "phone",
}  # fmt: skip


@requires("campaigns.view")
@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """The clinic's own, newest change first within an occasion."""
    templates = Template.objects.filter(is_archived=False).select_related("changed_by__user")
    channel = request.GET.get("channel", "")
    shown = [one for one in templates if channel in ("", one.channel)]
    context = {
        "rows": [(one, CHANNEL_ICONS[one.channel]) for one in shown],
        "n_own": len(templates),
        "n_ready": len(_library(_language(request))),
        "channel": channel,
        "channels": Template.Channel.choices,
    }
    return render(request, "campaigns/templates.html", context)


@requires("campaigns.view")
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """Ready templates in one language, by occasion."""
    language = _language(request)
    with translation.override(language):
        examples = example_values()
    shelves: dict[str, list[tuple[Ready, str, str, str]]] = {}
    for one in _library(language):
        label = str(Template.Kind(one.kind).label)
        said = (compile_text(text).fill(examples) for text in (one.subject, one.body))
        shelves.setdefault(label, []).append((one, CHANNEL_ICONS[one.channel], *said))
    context = {
        "shelves": shelves,
        "language": language,
        "languages": Template.Language.choices,
        "n_own": Template.objects.filter(is_archived=False).count(),
        "n_ready": len(_library(language)),
    }
    return render(request, "campaigns/library.html", context)


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    return wanted if wanted in Template.Language.values else request.clinic.language


def _library(language: str) -> list[Ready]:
    return [one for one in READY if one.language == language]


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: HttpRequest) -> HttpResponse:
    """`?ready=key&language=en` begins with a template of the library."""
    begun_from = None
    if key := request.GET.get("ready", ""):
        try:
            begun_from = ready(key, _language(request))
        except KeyError:
            raise Http404 from None
    form = TemplateForm(request.POST or None, initial=initial_of(begun_from, request.clinic))
    return _editor(request, form, None)


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: HttpRequest, template_id: int) -> HttpResponse:
    template = get_object_or_404(Template.objects.filter(is_archived=False), pk=template_id)
    form = TemplateForm(request.POST or None, initial=initial_of(template, request.clinic))
    return _editor(request, form, template)


def _editor(request: HttpRequest, form: TemplateForm, template: Template | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = ready_messages.save(
                draft=form.draft(), by=request.membership, template=template,
                seen_version=form.seen_version,
            )  # fmt: skip
        except CampaignRefused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved. Campaigns that begin from it now say this."))
            return redirect("campaigns:template-edit", saved.pk)
    context = {"form": form, "template": template, "merge_fields": MERGE_FIELDS}
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/template.html", context, status=status)


@requires("campaigns.edit")
@require_POST
def template_put_away(request: HttpRequest, template_id: int) -> HttpResponse:
    template = get_object_or_404(Template.objects.filter(is_archived=False), pk=template_id)
    ready_messages.put_away(template=template, by=request.membership)
    messages.success(request, _("Put away. Campaigns that used it keep their words."))
    return redirect("campaigns:templates")


@requires("campaigns.edit")
@require_POST
def template_side(request: HttpRequest) -> HttpResponse:
    """Beside the editor: the message for one customer, its parts, hints and findings."""
    context = {
        "side": side_of(request),
        "side_url": request.path,
        "side_target": "#side",
    }
    return render(request, "campaigns/_template_side.html", context)
