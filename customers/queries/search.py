"""Finding customers by a few letters of a name, its pinyin, a phone, an e-mail or an id.

Every word must match one token. Tokens are looked up by range (`token >= a AND token < b`): under
row security LIKE may not use an index, ranges may. How common the rarest word is decides the way,
for no plan is good for both «王» and «王小明» among a million:

    rare    its customers are gathered and sorted
    common  the index of the list's order is walked past a hash of its customers
    huge    the same, but first the next few thousand of the order are asked one by one
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, CharField, Exists, F, Func, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.db.models.lookups import In

from customers.models import Customer, SearchToken
from customers.queries.ahead import Ahead, look_near, raise_hash_memory
from customers.queries.paging import DEFAULT_SORT, Found, page_of
from customers.search_words import token_range, typed_words
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

MOST_WORDS = 6
LONGEST_TEXT = 200
N_INSTANT = 8
RARE = 2_000  # tokens: so many customers are quicker gathered than looked for
COMMON = 30_000  # tokens: what a hash of a few MB certainly holds
_DOMAIN = re.compile(r"@\S*")  # of an e-mail address only the local part tells people apart


def visible_customers(branch: Branch | None) -> QuerySet[Customer]:
    """Customers of the open clinic; with a branch only those at home there."""
    customers = Customer.objects.all()
    return customers.filter(home_branch=branch) if branch else customers


@dataclass(frozen=True)
class TextSearch:
    """What somebody typed. words: the rarest first. n: tokens of the rarest, COMMON + 1 at most."""

    words: tuple[str, ...]
    n: int

    @property
    def is_rare(self) -> bool:
        """So few that counting them and summing up what they spent costs next to nothing."""
        return self.n <= RARE

    def among(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Those of whom every word is found; for any order, for counts and for exports."""
        if not self.words:
            return customers.none()
        if self.n <= COMMON:
            return customers.filter(_is_any_of("pk", self._owners()))
        return customers.filter(pk__in=self._owners())

    def page(
        self,
        customers: QuerySet[Customer],
        *,
        sort: str,
        at: str,
        size: int,
        is_narrowed: bool = False,
    ) -> Found:
        """One page of them, as `paging.page_of`. is_narrowed: filtered, so no index knows them."""
        few = self.is_rare or (is_narrowed and self.n <= COMMON)
        found = self.among(customers) if few else customers
        narrow = None if few else self._gathered if is_narrowed else self._walked
        return page_of(found, sort=sort, at=at, size=size, narrow=narrow)

    def _owners(self) -> QuerySet:
        rarest, *others = self.words
        owners = _tokens(rarest).values("customer")
        if self.is_rare:
            for word in others:
                owners = owners.filter(Exists(_own_tokens(word)))
            return owners
        more = [_tokens(word).values("customer") for word in others]
        return owners.intersection(*more) if more else owners

    def _walked(self, ahead: Ahead, n: int) -> list[int]:
        """Ids of the first n matches of the order: the walk reads the index and no customer."""
        return self._near(ahead, n) or _ids(ahead.fitting.filter(_is_in_hash(self._owners())), n)

    def _gathered(self, ahead: Ahead, n: int) -> list[int]:
        """The same where no index knows who fits."""
        return self._near(ahead, n) or _ids(ahead.gathered.filter(_is_in_hash(self._owners())), n)

    def _near(self, ahead: Ahead, n: int) -> list[int]:
        """Ids of the first n matches, where these stand near and are no few; else none."""
        if self.n <= COMMON:
            return []
        near = look_near(ahead, n, self.words)
        if near.is_all or len(near.ids) == n:
            return near.ids
        raise_hash_memory()
        return []


def _ids(found: QuerySet[Customer], n: int) -> list[int]:
    return list(found.values_list("pk", flat=True)[:n])


def read_search(text: str, *, by_number: bool = True) -> TextSearch:
    """The words of a text, weighed in one query; no words where nothing can be found by it.

    by_number: False for readers who may not see phones: else they could guess them digit by digit.
    """
    words = typed_words(_DOMAIN.sub("", text[:LONGEST_TEXT]))[:MOST_WORDS]
    if not words or (not by_number and any(word.isdigit() for word in words)):
        return TextSearch((), 0)
    weights = dict(_weighed(list(dict.fromkeys(words))))
    rarest_first = sorted(weights, key=weights.__getitem__)
    return TextSearch(tuple(rarest_first), weights[rarest_first[0]])


def search(
    text: str, *, branch: Branch | None = None, by_number: bool = True
) -> QuerySet[Customer]:
    """Customers of whom every word of the text is found; none where there is no word in it."""
    return read_search(text, by_number=by_number).among(visible_customers(branch))


def instant_search(
    text: str, *, branch: Branch | None = None, by_number: bool = True
) -> list[Customer]:
    """The few best for the search box: who was here last stands first."""
    asked = read_search(text, by_number=by_number)
    if not asked.words:
        return []
    customers = visible_customers(branch).select_related("home_branch")
    return asked.page(customers, sort=DEFAULT_SORT, at="", size=N_INSTANT).customers


def _tokens(word: str) -> QuerySet[SearchToken]:
    start, end = token_range(word)
    return SearchToken.objects.filter(token__gte=start, token__lt=end)


def _own_tokens(word: str) -> QuerySet[SearchToken]:
    """Whether the customer of the query around it has the word among their few tokens.

    token || '': else the planner walks the word's whole range for every customer.
    """
    start, end = token_range(word)
    bare = Concat("token", Value(""), output_field=CharField(db_collation="C"))
    mine = SearchToken.objects.filter(customer=OuterRef("customer")).annotate(bare=bare)
    return mine.filter(bare__gte=start, bare__lt=end)


def _weighed(words: list[str]) -> Iterator[tuple[str, int]]:
    """(word, its tokens, COMMON + 1 at most), in one query."""
    leg = (
        "SELECT %s::int, (SELECT count(*) FROM (SELECT FROM customers_searchtoken WHERE"
        " clinic_id = %s AND token >= %s AND token < %s LIMIT %s) AS capped)"
    )
    clinic_id = current_clinic_id()
    values = [
        value
        for number, word in enumerate(words)
        for value in (number, clinic_id, *token_range(word), COMMON + 1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([leg] * len(words)), values)
        for number, n in cursor.fetchall():
            yield words[number], n


def _is_any_of(field: str, ids: QuerySet) -> Func:
    """`field = ANY (ARRAY (…))`: gathered once, whatever the planner believes."""
    return Func(
        field,
        ArraySubquery(ids),
        arg_joiner=" = ANY (",
        template="%(expressions)s)",
        output_field=BooleanField(),
    )


def _is_in_hash(ids: QuerySet) -> Func:
    """`(pk IN (…)) IS TRUE`: a hash the rows walk past. A plain IN would become a join, which
    sorts all it finds before the first row."""
    return Func(In(F("pk"), ids), template="(%(expressions)s) IS TRUE", output_field=BooleanField())
