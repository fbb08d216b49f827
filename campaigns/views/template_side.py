"""What stands beside a message while it is written."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.content import Finding, Parts, framed_sms, hints, parts
from campaigns.exceptions import CampaignRefused, EmptyField
from campaigns.models import Template
from campaigns.queries.rendering import Reader, reader_among, reader_at
from campaigns.services import templates
from campaigns.services.composing import compile_text
from campaigns.services.content_check import check_text, signature_of
from customers.models import Customer
from tenancy.clock import local_day
from tenancy.models import Clinic

MOST_PLACES = 10_000


@dataclass(frozen=True)
class Side:
    """refusal: why it cannot be shown, or why this customer would get nothing."""

    channel: str
    next_place: int
    customer: Customer | None = None
    subject: str = ""
    text: str = ""
    is_blank: bool = False
    refusal: str = ""
    parts: Parts | None = None
    hints: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def side_of(request: HttpRequest, audience: QuerySet[Customer] | None = None) -> Side:
    """From the editor's fields, complete or not; read by somebody of the audience, if one is given.

    Raises RuleRefused when the audience's rule cannot be read.
    """
    said, clinic = request.POST, request.clinic
    channel = said.get("channel", "")
    channel = channel if channel in Template.Channel.values else "email"
    subject = said.get("subject", "") if channel == "email" else ""
    body = said.get("body", "")[: templates.MAX_BODY + 1]
    is_chinese = (said.get("language") or clinic.language) == "zh-hans"
    language = "zh-hans" if is_chinese else "en"
    place = _whole_number(said.get("place", ""))
    asked: dict = {"channel": channel, "next_place": place + 1}
    if not (subject + body).strip():
        return Side(**asked, is_blank=True)
    try:
        templates.check(subject=subject or "–", body=body)
    except CampaignRefused as refused:
        return Side(**asked, refusal=refused.message)
    fields = templates.used_fields(subject=subject, body=body)
    of = {"fields": fields, "clinic": clinic, "on": local_day(clinic.zone, timezone.now())}
    if audience is None:
        reader = reader_at(place, branch=request.branch, **of)
    else:
        reader = reader_among(audience, place, **of)
    asked |= {
        "customer": reader.customer,
        "hints": _hints(subject, body, channel, language),
        "findings": check_text(
            subject=subject, body=body, channel=channel, language=language, clinic=clinic
        ),
    }
    return _filled(asked, reader, subject=subject, body=body, language=language, clinic=clinic)


def _filled(
    asked: dict, reader: Reader, *, subject: str, body: str, language: str, clinic: Clinic
) -> Side:
    """The words with this customer's values, an SMS as it travels."""
    try:
        text = compile_text(body).fill(reader.values)
        line = templates.one_line(compile_text(subject).fill(reader.values))
    except EmptyField:
        words = _("A field is empty for this customer: without a fallback they are left out.")
        return Side(**asked, refusal=words)
    except CampaignRefused as refused:
        return Side(**asked, refusal=refused.message)
    if asked["channel"] != "sms":
        return Side(**asked, subject=line, text=text)
    whole = framed_sms(text, signature=signature_of(clinic), language=language)
    return Side(**asked, text=whole, parts=parts(whole))


def _hints(subject: str, body: str, channel: str, language: str) -> list[str]:
    told = hints(subject=subject, body=body, channel=channel, language=language)
    words = [_(hint.words) % {"n": hint.n} for hint in told]
    if channel == "email" and not subject.strip():
        words.insert(0, _("Give the message a subject."))
    return words


def _whole_number(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return min(int(text), MOST_PLACES) if is_number else 0
