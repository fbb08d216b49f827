"""From a rendered text to what travels: layout, sender, unsubscribe link, language."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from campaigns.channels.contract import Envelope
from campaigns.models import Message
from campaigns.services.templates import Text
from campaigns.services.unsubscribe import unsubscribe_url
from tenancy.models import Clinic

LANGUAGES = {"en", "zh-hans"}


def envelope_for(*, message: Message, text: Text, clinic: Clinic) -> Envelope:
    """message: with its customer at hand."""
    url = unsubscribe_url(clinic_id=clinic.pk, reference=message.reference)
    return Envelope(
        address=message.address,
        reference=message.reference.hex,
        subject=text.subject,
        text=print_layout("txt", text=text, clinic=clinic, url=url, customer=message.customer),
        html=print_layout("html", text=text, clinic=clinic, url=url, customer=message.customer),
        sender=sender_of(clinic),
        unsubscribe_url=url,
    )


def print_layout(kind: str, *, text: Text, clinic: Clinic, url: str, customer) -> str:
    """The mail's HTML or plain text. The HTML escapes everything the text brings."""
    context = {"text": text, "clinic": clinic, "unsubscribe_url": url}
    with translation.override(language_of(customer.language, clinic)):
        return render_to_string(f"messages/email/recall.{kind}", context)


def language_of(wanted: str, clinic: Clinic) -> str:
    """The customer's language where we speak it, else the clinic's."""
    return wanted if wanted in LANGUAGES else clinic.language


def sender_of(clinic: Clinic) -> str:
    """«Name <address>»: the clinic's own, else its name before the installation's address."""
    name = " ".join((clinic.sender_name or clinic.name).split())
    address = clinic.sender_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((name, address), charset="utf-8")
