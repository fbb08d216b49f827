"""A clinic's own templates: kept, changed, put away; and how its mail looks."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused, TemplateRefused, WrongState
from campaigns.models import MailLook, OwnFestival, Template
from campaigns.services import templates
from tenancy.models import Clinic, Membership


@dataclass(frozen=True)
class Draft:
    """What a person fills in. subject: of mails only. library_key: what it was begun from."""

    name: str
    kind: str
    channel: str
    language: str
    body: str
    subject: str = ""
    library_key: str = ""


@transaction.atomic
def save(
    *, draft: Draft, by: Membership | None, template: Template | None = None, seen_version: int = 0
) -> Template:
    """Keep a new template or change one; its version counts changes of the words.

    seen_version: the version the person began from; another in between is not overwritten.
    Raises TemplateRefused with the field at fault, WrongState when somebody was faster.
    """
    subject = draft.subject.strip() if draft.channel == Template.Channel.EMAIL else ""
    if draft.channel == Template.Channel.EMAIL:
        templates.check(subject=subject, body=draft.body)
    else:
        templates.check_short(draft.body)
    if template is None:
        template = Template(library_key=draft.library_key)
    else:
        template = Template.objects.select_for_update().get(pk=template.pk)
        if template.version != seen_version:
            raise WrongState(_("Somebody changed this template meanwhile. Look at it again."))
    before = (template.subject, template.body)
    template.name, template.kind = draft.name.strip(), draft.kind
    template.channel, template.language = draft.channel, draft.language
    template.subject, template.body = subject, draft.body.strip()
    if template.pk and before != (template.subject, template.body):
        template.version += 1
    template.changed_by = by
    return _stored(template)


def _stored(template: Template) -> Template:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        if "template_name_once" not in str(error):
            raise
        raise TemplateRefused(
            _("There is a template of this name for this channel and language."), field="name"
        ) from None
    return template


@transaction.atomic
def put_away(*, template: Template, by: Membership | None) -> Template:
    """No longer offered; campaigns that copied it keep their words."""
    template.is_archived, template.changed_by = True, by
    template.save()
    return template


@transaction.atomic
def save_look(*, clinic: Clinic, accent: str, logo_url: str) -> MailLook:
    """Raises CampaignRefused for a picture that is not fetched over https."""
    if logo_url and not logo_url.startswith("https://"):
        raise CampaignRefused(
            _("The picture's address must begin with https://."), field="logo_url"
        )
    look, _is_new = MailLook.objects.update_or_create(
        clinic=clinic, defaults={"accent": accent.lower(), "logo_url": logo_url}
    )
    return look


@transaction.atomic
def add_own_festival(
    *, name: str, month: int, day: int, since_year: int | None = None
) -> OwnFestival:
    """Raises CampaignRefused for a day that no year has, or a name that is taken."""
    try:
        datetime(2024, month, day)  # noqa: DTZ001 - a leap year, for 29 February
    except ValueError:
        raise CampaignRefused(_("No year has this day."), field="day") from None
    if OwnFestival.objects.filter(name=name.strip()).exists():
        raise CampaignRefused(_("There is a day of this name already."), field="name")
    return OwnFestival.objects.create(
        name=name.strip(), month=month, day=day, since_year=since_year
    )
