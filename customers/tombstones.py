"""Digests by which an erased person is known again without anybody being able to read them back.

An id of a source tells who it is by itself. A name does with a birthday, a phone or an e-mail; a
phone alone does not, because families share one.

They hang on the keys of `TOMBSTONE_KEYS`, long random words: the first makes new digests, and
whoever comes in is looked for by all of them. Nobody can make an old digest anew with another key,
for what it was made of is gone: a key stays in the list for as long as what it made shall hold.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from hashlib import sha256

from django.conf import settings
from django.utils.crypto import salted_hmac

from tenancy.scope import current_clinic_id

Key = tuple[str, str]  # source, external id
ERASED = "erased"  # the code by which such a newcomer is refused
SALT = "customers.tombstone"
MARK_LENGTH = 8


def all_keys() -> Sequence[str]:
    """Those by which somebody who comes in is looked for."""
    return settings.TOMBSTONE_KEYS


def present_key() -> str:
    """The one that makes new digests."""
    return settings.TOMBSTONE_KEYS[0]


def key_mark(key: str) -> str:
    """By this a key is known without being told."""
    return sha256(f"{SALT} mark {key}".encode()).hexdigest()[:MARK_LENGTH]


def identity_digests(ids: Iterable[Key], *, keys: Sequence[str]) -> Iterator[str]:
    for source, external_id in ids:
        yield from _digests(keys, "identity", source, external_id)


def person_digests(
    name: str,
    *,
    birth_on: date | None,
    phones: Iterable[str],
    emails: Iterable[str],
    keys: Sequence[str],
) -> Iterator[str]:
    """phones in E.164, emails as they are kept; a name of nothing tells nothing."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    if not plain:
        return
    if birth_on is not None:
        yield from _digests(keys, "birthday", plain, birth_on.isoformat())
    for phone in phones:
        yield from _digests(keys, "phone", plain, phone)
    for email in emails:
        yield from _digests(keys, "email", plain, email.casefold())


def _digests(keys: Sequence[str], kind: str, *parts: str) -> Iterator[str]:
    told = "\0".join((str(current_clinic_id()), kind, *parts))
    for key in keys:
        yield salted_hmac(SALT, told, secret=key, algorithm="sha256").hexdigest()
