"""Which pairs are worth a look: those that share something rare.

Each key groups the people; the smallest groups are paired first, until the key's budget is spent.
So a name that 2,000 people bear costs nothing, and a million people take minutes.
"""

from collections.abc import Iterator

import numpy as np

from customers.matching.people import Coded, Columns

BUDGET_PER_PERSON = 2  # pairs of one strong key
WEAK_BUDGET_PER_PERSON = 0.25  # of what two strangers may well share
ALWAYS_AFFORDABLE = 300_000  # pairs of one key
LARGEST_GROUP = 1_000
BATCH = 2_000_000  # pairs that lie in memory at once
_MIX = np.uint64(0x9E3779B97F4A7C15)


def candidate_batches(columns: Columns) -> Iterator[np.ndarray]:
    """Candidates as a·n + b of rows a < b, some millions at a time.

    Each pair once in a batch. Another batch may bring it again by another key, about one in four:
    to look at it twice costs less than to remember all.
    """
    waiting, n_waiting = [], 0
    for keys, budget in ((_keys, BUDGET_PER_PERSON), (_weak_keys, WEAK_BUDGET_PER_PERSON)):
        for rows, key in keys(columns):
            most = max(int(budget * columns.n), ALWAYS_AFFORDABLE)
            waiting.append(_pairs_within(rows, key, columns.n, most))
            n_waiting += len(waiting[-1])
            if n_waiting > BATCH:
                yield np.unique(np.concatenate(waiting))
                waiting, n_waiting = [], 0
    if n_waiting:
        yield np.unique(np.concatenate(waiting))


def _keys(c: Columns) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rows, their keys), strongest evidence first."""
    everybody = np.arange(c.n)
    for coded in (c.id, c.phone, c.email):
        yield _of_lists(coded)
    yield _of(c.name_key)
    yield _of(c.turned)
    yield _of(c.address)
    family, given = _in_one_book(c)
    day, year = c.birth % 10_000, c.birth // 10_000
    for part in (family, given):
        has = part >= 0
        yield _where(has & (c.birth > 0), everybody, _mixed(part, c.birth))
        yield _where(has & (c.birth > 0), everybody, _mixed(part, day))
        yield _where(has & (c.birth > 0), everybody, _mixed(part, year))
        yield _where(has & (c.city.codes >= 0), everybody, _mixed(part, c.city.codes))
    yield from _beginnings_and_birthdays(c)
    yield _of_local_parts(c.email)
    for extra in c.extras.values():
        yield _of(extra)
    yield from _slips_of_phones(c, family)
    yield from _words_of_addresses(c, family, given)


def _weak_keys(c: Columns) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of these only the rare values are affordable in a large clinic, and they are enough."""
    everybody = np.arange(c.n)
    for part in _in_one_book(c):
        yield _where(part >= 0, everybody, part)
    born = c.birth > 0
    for key in (c.birth, c.birth // 100, c.birth % 10_000):
        yield _where(born, everybody, key)
    yield _where(born & (c.city.codes >= 0), everybody, _mixed(c.city.codes, c.birth // 10_000))


def _beginnings_and_birthdays(c: Columns) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """How a part of the name begins, and two of year, month and day: for slips in both."""
    has = np.flatnonzero(c.birth > 0)
    year, month, day = c.birth[has] // 10_000, c.birth[has] // 100 % 100, c.birth[has] % 100
    for sound in (c.family_sound, c.given_sound):
        book: dict[str, int] = {}
        begins = [book.setdefault(text[:2], len(book)) for text in sound.texts.tolist()]
        begin = _looked_up(np.array(begins, dtype=np.int64), sound.codes)[has]
        known = begin >= 0
        for one, other in ((year, month), (month, day), (year, day)):
            yield _where(known, has, _mixed(begin, one, other))


def _of_local_parts(email: Coded) -> tuple[np.ndarray, np.ndarray]:
    """Addresses that agree before the @."""
    book: dict[str, int] = {}
    parts = [book.setdefault(text.partition("@")[0], len(book)) for text in email.texts.tolist()]
    rows, columns = np.nonzero(email.codes >= 0)
    codes = email.codes[rows, columns]
    return rows, np.array(parts, dtype=np.int64)[codes] if len(parts) else codes


def _in_one_book(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the sounds of family and given name that compare with each other: for swaps."""
    texts = np.concatenate([c.family_sound.texts, c.given_sound.texts])
    _words, codes = np.unique(texts.astype(str), return_inverse=True)
    split = len(c.family_sound.texts)
    return (
        _looked_up(codes[:split], c.family_sound.codes),
        _looked_up(codes[split:], c.given_sound.codes),
    )


def _looked_up(book: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return np.where(codes >= 0, book[codes], -1) if len(book) else codes


def _of(coded: Coded) -> tuple[np.ndarray, np.ndarray]:
    return _where(coded.codes >= 0, np.arange(len(coded.codes)), coded.codes)


def _of_lists(coded: Coded) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(coded.codes >= 0)
    return rows, coded.codes[rows, columns]


def _where(mask: np.ndarray, rows: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return rows[mask], keys[mask]


def _mixed(*parts: np.ndarray) -> np.ndarray:
    """One key of several; a chance collision costs one look more."""
    key = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        key = (key ^ part.astype(np.int64).astype(np.uint64)) * _MIX
        key ^= key >> np.uint64(29)
    return key


def _slips_of_phones(c: Columns, family: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Phones that differ in one digit agree once that digit is left out."""
    first = c.phone.codes[:, 0]
    has = np.flatnonzero((first >= 0) & (family >= 0))
    if not len(has):
        return
    numbers = np.array([int(text.lstrip("+")[-15:] or 0) if text.lstrip("+").isdigit() else 0
                        for text in c.phone.texts.tolist()], dtype=np.int64)  # fmt: skip
    number = numbers[first[has]]
    for place in range(8):
        power = 10**place
        without = number - number // power % 10 * power
        yield has, _mixed(without, np.full(len(has), place), family[has])


def _words_of_addresses(
    c: Columns, family: np.ndarray, given: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A word of the address with a part of the name, or with the birthday."""
    words: dict[str, int] = {}
    of_code = [
        [words.setdefault(word, len(words)) for word in _words(text)]
        for text in c.address.texts.tolist()
    ]
    has = np.flatnonzero(c.address.codes >= 0)
    lists = [of_code[code] for code in c.address.codes[has].tolist()]
    rows = np.repeat(has, [len(one) for one in lists])
    if not len(rows):
        return
    word = np.fromiter((w for one in lists for w in one), dtype=np.int64, count=len(rows))
    day = np.where(c.birth > 0, c.birth % 10_000, -1)
    year = np.where(c.birth > 0, c.birth // 10_000, -1)
    for part in (family[rows], given[rows], year[rows], day[rows]):
        known = part >= 0
        yield _where(known, rows, _mixed(word, part))


def _words(address: str) -> set[str]:
    """Words, and where no spaces are written, the beginning and the end."""
    found = {word for word in address.split() if len(word) > 3}
    if len(found) < 2 and not address.isascii():
        found |= {address[:8], address[-6:]}
    return found


def _pairs_within(rows: np.ndarray, keys: np.ndarray, n: int, budget: int) -> np.ndarray:
    """All pairs of each group as a·n + b, a < b; groups beyond the budget are left out."""
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else keys
    sizes = np.diff(np.r_[starts, len(keys)])
    by_size = np.sort(sizes)
    spent = np.cumsum(by_size * (by_size - 1) // 2)
    n_kept = np.searchsorted(spent, budget, side="right")
    limit = min(by_size[n_kept - 1], LARGEST_GROUP) if n_kept else 1
    found = [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= limit)]):
        groups = rows[starts[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        a, b = groups[:, one].ravel(), groups[:, other].ravel()
        different = a != b
        low, high = np.minimum(a, b)[different], np.maximum(a, b)[different]
        found.append(low.astype(np.int64) * n + high)
    return np.concatenate(found)
