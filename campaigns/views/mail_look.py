"""How the clinic's mails look: a colour, a logo, and a mail as it arrives."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.exceptions import CampaignRefused, EmptyField
from campaigns.merge_fields import example_values
from campaigns.models import Template
from campaigns.queries.rendering import reader_at
from campaigns.services import ready_messages, templates
from campaigns.services.composing import Mail, compile_mail, look_of
from campaigns.template_forms import LookForm
from tenancy.access import requires
from tenancy.clock import local_day

# The mail stands in a frame of its own: its styles are inside it, and nothing in it may run.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; frame-ancestors 'self'; sandbox"
)
NO_LINK = "https://example.org/"


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    kept = look_of(request.clinic)
    initial = {"accent": kept.accent, "logo_url": kept.logo_url} if kept else {"accent": "#0f766e"}
    form = LookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            ready_messages.save_look(clinic=request.clinic, **form.cleaned_data)
        except CampaignRefused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved. Mails look like this from now on."))
            return redirect("campaigns:mail-look")
    first = Template.objects.filter(is_archived=False, channel="email").first()
    context = {"form": form, "template": first}
    return render(
        request, "campaigns/mail_look.html", context, status=422 if form.is_bound else 200
    )


@requires("campaigns.view")
@require_safe
def as_mail(request: HttpRequest, template_id: int) -> HttpResponse:
    """A page with the mail in a frame, wide and on a phone, and its plain twin."""
    template = _mail_template(template_id)
    context = {"template": template, "mail": _mail(request, template)}
    return render(request, "campaigns/template_mail.html", context)


@requires("campaigns.view")
@require_safe
@xframe_options_sameorigin
def mail_frame(request: HttpRequest, template_id: int) -> HttpResponse:
    """The mail's HTML alone."""
    response = HttpResponse(_mail(request, _mail_template(template_id)).html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


def _mail_template(template_id: int) -> Template:
    mails = Template.objects.filter(is_archived=False, channel=Template.Channel.EMAIL)
    return get_object_or_404(mails, pk=template_id)


def _mail(request: HttpRequest, template: Template) -> Mail:
    """For the customer seen last; with examples where a field of theirs is empty."""
    clinic = request.clinic
    composed = compile_mail(
        subject=template.subject, body=template.body, clinic=clinic, language=template.language,
        look=look_of(clinic),
    )  # fmt: skip
    fields = templates.used_fields(subject=template.subject, body=template.body)
    day = local_day(clinic.zone, timezone.now())
    reader = reader_at(0, branch=request.branch, fields=fields, clinic=clinic, on=day)
    try:
        return composed.fill(reader.values, unsubscribe_url=NO_LINK)
    except EmptyField:
        return composed.fill(example_values(), unsubscribe_url=NO_LINK)
