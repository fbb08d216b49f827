"""Letting a member in: a link or code for once, then a session of one person in one clinic.

What stands in the database are keyed hashes; the secrets travel only to the member. Whoever asks
for a code gets the same answer whether we know the address or not, and a row of the same kind is
written, so neither words nor time tell.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from customers.models import ContactPoint, Customer
from customers.services.intake.cleaning import Refused, emails, phones
from loyalty.models import MemberLink, MemberSession
from loyalty.refusals import LinkRefused
from loyalty.services.referrals import code_of
from tenancy.models import Clinic, Membership
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id

LINK_SALT, ASK_SALT, SESSION_SALT = "loyalty.member_link", "loyalty.member_ask", "loyalty.member"
LINK_LASTS = timedelta(minutes=30)
CODE_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(days=30)
MOST_TRIES = 5
MOST_CODES_AN_HOUR = 3
N_DIGITS = 6


@transaction.atomic
def make_link(
    *,
    customer: Customer,
    at: datetime,
    by: Membership | None = None,
    lasts: timedelta = LINK_LASTS,
) -> str:
    """An address that opens this customer's page once, until `at + lasts`."""
    secret = secrets.token_urlsafe(24)
    MemberLink.objects.create(
        kind=MemberLink.Kind.LINK,
        customer=customer,
        secret_hash=_hash(secret),
        expires_at=at + lasts,
        made_by=by,
    )
    token = signing.Signer(salt=LINK_SALT).sign_object([current_clinic_id(), secret])
    return settings.PUBLIC_URL + reverse("member:open", args=[token])


def read_signed(text: str, *, salt: str) -> tuple[int, str]:
    """(clinic, the rest) of what we signed. Raises LinkRefused."""
    try:
        clinic_id, rest = signing.Signer(salt=salt).unsign_object(text)
        return int(clinic_id), str(rest)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkRefused from error


@transaction.atomic
def open_link(secret: str, *, at: datetime) -> str:
    """Use the link up and begin a session; its cookie. Raises LinkRefused."""
    links = MemberLink.objects.filter(kind=MemberLink.Kind.LINK, secret_hash=_hash(secret))
    if not links.filter(used_at__isnull=True, expires_at__gt=at).update(used_at=at):
        raise LinkRefused
    customer = Customer.objects.filter(member_links__in=links).first()
    if customer is None:  # erased, or merged away and the row stayed
        raise LinkRefused
    return begin_session(customer=customer, via=MemberSession.Via.LINK, at=at)


@transaction.atomic
def ask_code(*, kind: str, text: str, at: datetime) -> str:
    """Note that somebody asks for a code to this phone or e-mail; a word to enter it with.

    A code is sent only where exactly one customer has the address, and three times an hour at most.
    """
    customer = _owner_of(kind, text)
    if customer and n_asked(customer, MemberLink.Kind.CODE, at) >= MOST_CODES_AN_HOUR:
        customer = None
    link = MemberLink.objects.create(
        kind=MemberLink.Kind.CODE,
        customer=customer,
        secret_hash="",
        contact_kind=kind,
        expires_at=at + CODE_LASTS,
    )
    enqueue("loyalty.send_member_code", link_id=link.pk)
    return signing.Signer(salt=ASK_SALT).sign_object([current_clinic_id(), link.pk])


def _owner_of(kind: str, text: str) -> Customer | None:
    """The one customer with this address; a family that shares it is told nothing."""
    country = Clinic.objects.get(pk=current_clinic_id()).country
    is_phone = kind == ContactPoint.Kind.PHONE
    try:
        values = phones([text], country=country) if is_phone else emails([text])
    except Refused:  # no address at all: as unknown as any other
        return None
    points = ContactPoint.objects.filter(kind=kind, value__in=values, is_valid=True)
    owners = list(Customer.objects.filter(contact_points__in=points).distinct()[:2])
    return owners[0] if len(owners) == 1 else None


def n_asked(customer: Customer, kind: str, at: datetime) -> int:
    """Codes of this kind that were asked for within the hour."""
    lately = MemberLink.objects.filter(customer=customer, created_at__gt=at - timedelta(hours=1))
    return lately.filter(kind=kind).count()


@transaction.atomic
def make_code(*, link_id: int, at: datetime) -> tuple[MemberLink, str] | None:
    """Make the code of a request, once: (its row, the code); None where nothing is to be sent."""
    code = f"{secrets.randbelow(10**N_DIGITS):0{N_DIGITS}}"
    waiting = MemberLink.objects.filter(
        pk=link_id, secret_hash="", customer__isnull=False, expires_at__gt=at
    )
    if not waiting.update(secret_hash=_hash(f"{link_id}:{code}")):
        return None
    return MemberLink.objects.select_related("customer").get(pk=link_id), code


def address_of(link: MemberLink) -> str:
    """Where the code of a request goes; "" where the customer has no such address any more."""
    points = ContactPoint.objects.filter(customer=link.customer_id, kind=link.contact_kind)
    return points.filter(is_valid=True).values_list("value", flat=True).first() or ""


@transaction.atomic
def enter_code(*, link_id: int, code: str, at: datetime) -> str | None:
    """Begin a session with a code; its cookie, or None for any code that is not right."""
    asked = MemberLink.objects.filter(pk=link_id, kind=MemberLink.Kind.CODE)
    link = use_code(asked, code, at=at)
    if link is None or link.customer is None:
        return None
    return begin_session(customer=link.customer, via=MemberSession.Via.CODE, at=at)


def use_code(asked: QuerySet[MemberLink], code: str, *, at: datetime) -> MemberLink | None:
    """Use up the code of this one request; None for any code that is not right.

    A try is counted before it is looked at, in a statement of its own; after five none is.
    """
    open_ = asked.filter(used_at__isnull=True, expires_at__gt=at, n_tries__lt=MOST_TRIES)
    if not open_.update(n_tries=F("n_tries") + 1):
        return None
    link = asked.select_related("customer").get()
    digits = "".join(sign for sign in code if sign.isdigit())[:20]
    is_right = constant_time_compare(link.secret_hash, _hash(f"{link.pk}:{digits}"))
    if not is_right or link.customer is None or not _stands(link.customer):
        return None
    return link if asked.filter(used_at__isnull=True).update(used_at=at) else None


@transaction.atomic
def begin_session(*, customer: Customer, via: str, at: datetime) -> str:
    """The cookie of a new session; the code for friends is made with it, ready to be shown."""
    code_of(customer)
    secret = secrets.token_urlsafe(32)
    MemberSession.objects.create(
        customer=customer,
        secret_hash=_hash(secret),
        via=via,
        created_at=at,
        expires_at=at + SESSION_LASTS,
    )
    return signing.Signer(salt=SESSION_SALT).sign_object([current_clinic_id(), secret])


def session_of(secret: str, *, at: datetime) -> MemberSession | None:
    """The session of a cookie's secret in the open clinic; None when it is over."""
    session = (
        MemberSession.objects.select_related("customer")
        .filter(secret_hash=_hash(secret), ended_at__isnull=True, expires_at__gt=at)
        .first()
    )
    return session if session and _stands(session.customer) else None


def end_session(session: MemberSession, *, at: datetime) -> None:
    MemberSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=at)


def _stands(customer: Customer) -> bool:
    return customer.merged_into_id is None and customer.erased_at is None


def _hash(secret: str) -> str:
    """Keyed, and of this clinic alone: six digits could be guessed from a plain hash."""
    return salted_hmac(
        SESSION_SALT, f"{current_clinic_id()}:{secret}", algorithm="sha256"
    ).hexdigest()
