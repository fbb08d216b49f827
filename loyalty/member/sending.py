"""How a code reaches a member: one sender a kind of address, by e-mail from the start.

    register_sender("phone", send_sms, is_ready=has_account)   # from an AppConfig.ready() above

A sender takes the address, the code and the clinic, and sends a service message: it needs no
consent to marketing, for the member has just asked for it. is_ready: whether the clinic of the
open scope can send this way.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from tenancy.models import Clinic

Sender = Callable[[str, str, Clinic], None]
_senders: dict[str, tuple[Sender, Callable[[], bool]]] = {}


def _always() -> bool:
    return True


def register_sender(
    contact_kind: str, sender: Sender, *, is_ready: Callable[[], bool] = _always
) -> None:
    _senders[contact_kind] = (sender, is_ready)


def kinds_that_can_be_sent() -> list[str]:
    """Kinds of address to which the clinic of the open scope can send a code."""
    return sorted(kind for kind, (_sender, is_ready) in _senders.items() if is_ready())


def send_code(contact_kind: str, address: str, code: str, clinic: Clinic) -> None:
    """Raises what the sender raises; the task tries again."""
    sender, _is_ready = _senders[contact_kind]
    sender(address, code, clinic)


def _send_email(address: str, code: str, clinic: Clinic) -> None:
    body = _(
        "%(code)s is your code for the member page of %(clinic)s. It works once and for 10 minutes."
        " If you did not ask for it, do nothing."
    ) % {"code": code, "clinic": clinic.name}
    sender = settings.DEFAULT_FROM_EMAIL
    if clinic.sender_email:
        sender = f'"{clinic.sender_name or clinic.name}" <{clinic.sender_email}>'
    subject = _("Your code for %(clinic)s") % {"clinic": clinic.name}
    EmailMessage(subject, body, sender, [address]).send()


register_sender("email", _send_email)
