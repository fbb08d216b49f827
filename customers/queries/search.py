"""Finding customers by a few letters of a name, its pinyin, a phone, an e-mail or an id.

Every word must match one token. Tokens are looked up by range (`token >= a AND token < b`): under
row security LIKE may not use an index, ranges may.
"""

import re

from django.db.models import F, QuerySet

from customers.models import Customer, SearchToken
from customers.search_words import token_range, typed_words
from tenancy.models import Branch

MOST_WORDS = 6
LONGEST_TEXT = 200
N_INSTANT = 8
_DOMAIN = re.compile(r"@\S*")  # of an e-mail address only the local part tells people apart


def visible_customers(branch: Branch | None) -> QuerySet[Customer]:
    """Customers of the open clinic; with a branch only those at home there."""
    customers = Customer.objects.all()
    return customers.filter(home_branch=branch) if branch else customers


def search(
    text: str, *, branch: Branch | None = None, by_number: bool = True
) -> QuerySet[Customer]:
    """Customers of whom every word of the text is found; none where there is no word in it.

    by_number: False for readers who may not see phones: else they could guess them digit by digit.
    """
    words = typed_words(_DOMAIN.sub("", text[:LONGEST_TEXT]))[:MOST_WORDS]
    customers = visible_customers(branch)
    if not words or (not by_number and any(word.isdigit() for word in words)):
        return customers.none()
    for word in words:
        start, end = token_range(word)
        tokens = SearchToken.objects.filter(token__gte=start, token__lt=end)
        customers = customers.filter(pk__in=tokens.values("customer"))
    return customers


def instant_search(
    text: str, *, branch: Branch | None = None, by_number: bool = True
) -> QuerySet[Customer]:
    """The few best for the search box: who was here last stands first."""
    found = search(text, branch=branch, by_number=by_number).select_related("home_branch")
    return found.order_by(F("last_visit_on").desc(nulls_last=True), "-pk")[:N_INSTANT]
