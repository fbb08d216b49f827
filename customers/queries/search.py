"""Finding customers by a few letters of a name, its pinyin, a phone, an e-mail or an id.

Every word must match one token. One character is looked up by equality, more by the range of its
prefix (`token >= x AND token < x…`): under row security LIKE may not use an index, ranges may.
"""

import re
import unicodedata

from django.db.models import Q, QuerySet

from customers.models import Customer, SearchToken
from tenancy.models import Branch

MOST_WORDS = 6
LONGEST_WORD = 80
LAST_CHARACTER = "\U0010ffff"
_CJK = "\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]+|[^\W{_CJK}_]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-.()/]+(?=\d)")


def visible_customers(branch: Branch | None) -> QuerySet[Customer]:
    """Customers of the open clinic; with a branch only those at home there."""
    customers = Customer.objects.all()
    return customers.filter(home_branch=branch) if branch else customers


def search(text: str, *, branch: Branch | None = None) -> QuerySet[Customer]:
    """Customers of whom every word of the text is found; none for an empty text."""
    words = search_words(text)
    customers = visible_customers(branch)
    if not words:
        return customers.none()
    for word in words:
        tokens = SearchToken.objects.filter(_meets(word))
        customers = customers.filter(pk__in=tokens.values("customer"))
    return customers


def search_words(text: str) -> list[str]:
    """The pieces to look up: Latin words and numbers whole, Chinese as overlapping pairs."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"@\S*", " ", _BETWEEN_DIGITS.sub("", plain))  # an address: its local part
    pieces: list[str] = []
    for word in _WORD.findall(plain):
        pieces += _pairs(word) if re.match(f"[{_CJK}]", word) else [word[:LONGEST_WORD]]
    telling = [piece for piece in pieces if len(piece) > 1 or not piece.isascii()]
    return list(dict.fromkeys(telling or pieces))[:MOST_WORDS]


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(max(1, len(word) - 1))]


def _meets(piece: str) -> Q:
    if len(piece) == 1 or not piece.isascii():
        return Q(token=piece) if len(piece) <= 2 else _starts_with(piece)
    return _starts_with(piece)


def _starts_with(piece: str) -> Q:
    return Q(token__gte=piece, token__lt=piece + LAST_CHARACTER)
