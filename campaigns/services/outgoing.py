"""From a campaign's words to what travels: compiled once, filled in for each person."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import formataddr, parseaddr
from html import escape
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from campaigns.channels.contract import Envelope
from campaigns.content import with_opt_out
from campaigns.exceptions import TemplateRefused
from campaigns.models import Campaign
from campaigns.services import links, templates
from campaigns.services.composing import (
    MailTemplate,
    TextTemplate,
    compile_mail,
    compile_text,
    look_of,
)
from campaigns.services.tokens import make_token
from campaigns.services.unsubscribe import PURPOSE
from campaigns.services.words import words_for, words_of
from tenancy.models import Clinic

LANGUAGES = {"en", "zh-hans"}
Values = Mapping[str, str | int]


class Slip(NamedTuple):
    """A due message, as it stood before its claim. language: the customer's, "" for none.
    unclear_at: of an earlier call that was never answered, and repeated since."""

    pk: int
    customer_id: int
    step: int
    variant_id: int | None
    channel: str
    address: str
    reference: UUID
    n_tries: int
    not_after: datetime | None
    language: str
    unclear_at: datetime | None = None


SLIP_COLUMNS = (
    "pk", "customer_id", "step", "variant_id", "channel", "address", "reference", "n_tries",
    "not_after", "language", "unclear_at",
)  # fmt: skip


class Composer:
    """The words of one campaign. In the clinic's scope; asks the database only when made and at
    the first use of a step's links."""

    def __init__(self, campaign: Campaign, clinic: Clinic) -> None:
        self._campaign, self._clinic = campaign, clinic
        self._words = words_of(campaign)
        self._look = look_of(clinic)
        self._compiled: dict[tuple, tuple[MailTemplate | TextTemplate, dict[str, int]]] = {}
        self._unsubscribe = links.prefix_of("campaigns_public:unsubscribe")
        self._click = links.prefix_of("campaigns_public:click")
        self._open = links.prefix_of("campaigns_public:opened")
        self.sender = sender_of(clinic)

    @property
    def fields(self) -> frozenset[str]:
        """Merge fields that any of the words mention."""
        sources = {source for words in self._words.values() for source in words.sources}
        return frozenset(f for s in sources for f in templates.used_fields(subject="", body=s))

    def envelope(self, slip: Slip, values: Values, *, sender: str = "") -> Envelope:
        """Raises EmptyField, TemplateRefused."""
        template, targets = self._template(slip)
        told: dict[str, Any] = {
            "address": slip.address, "reference": slip.reference.hex,
            "sender": sender or self.sender, "customer_id": slip.customer_id,
            "campaign_id": self._campaign.pk, "step": slip.step,
        }  # fmt: skip
        if isinstance(template, TextTemplate):
            return Envelope(subject="", text=template.fill(values), **told)
        named: dict[str, Any] = {"clinic_id": self._clinic.pk, "reference": slip.reference}
        url = f"{self._unsubscribe}{make_token(PURPOSE, **named)}/"
        counted = {
            target: links.click_url(self._click, target_id=pk, **named)
            for target, pk in targets.items()
        }
        mail = template.fill(values, unsubscribe_url=url, links=counted)
        seen = f"{self._open}{make_token(links.OPEN, **named)}/"
        return Envelope(
            subject=mail.subject, text=mail.text, html=_with_pixel(mail.html, seen),
            unsubscribe_url=url, **told,
        )  # fmt: skip

    def _template(self, slip: Slip) -> tuple[MailTemplate | TextTemplate, dict[str, int]]:
        language = language_of(slip.language, self._clinic)
        key = (slip.step, slip.variant_id, slip.channel, language)
        if key not in self._compiled:
            self._compiled[key] = self._compile(slip, language)
        return self._compiled[key]

    def _compile(
        self, slip: Slip, language: str
    ) -> tuple[MailTemplate | TextTemplate, dict[str, int]]:
        words = words_for(self._words, slip.step, slip.variant_id)
        if words is None:
            raise TemplateRefused("this step has no words")
        subject, body = words.said_in(language)
        if slip.channel == "sms" and self._campaign.purpose != Campaign.Purpose.SERVICE:
            body = with_opt_out(body, language)  # the signature is the provider's to add
        if slip.channel != "email":
            return compile_text(body), {}
        template = compile_mail(
            subject=subject, body=body, clinic=self._clinic, language=language, look=self._look
        )
        return template, links.stored_targets(self._campaign.pk, template.links)


def _with_pixel(html: str, url: str) -> str:
    """One transparent point at the end of the page tells that it was shown."""
    before, end, after = html.rpartition("</body>")
    pixel = f'<img src="{escape(url)}" width="1" height="1" alt="" style="display:block">'
    return f"{before}{pixel}{end}{after}" if end else html + pixel


def language_of(wanted: str, clinic: Clinic) -> str:
    """The customer's language where we speak it, else the clinic's."""
    return wanted if wanted in LANGUAGES else clinic.language


def sender_of(clinic: Clinic) -> str:
    """«Name <address>»: the clinic's own, else its name before the installation's address."""
    name = " ".join((clinic.sender_name or clinic.name).split())
    address = clinic.sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((name, address), charset="utf-8")
