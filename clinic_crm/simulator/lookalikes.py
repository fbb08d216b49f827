"""Lists of customers in which people stand twice, damaged, beside others who only look like them.

For measuring the finder of duplicates on people it was not made with: `lookalikes("zh", …)` are a
clinic's phones, birthdays and Chinese names; `lookalikes("en", …)` names, birthdays and addresses
alone. Families share a phone and an address, twins a birthday as well, namesakes the full name.
Nothing here imports what it measures.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from clinic_crm.simulator import names_en, names_zh

FAMILY_RATE, TWIN_RATE, NAMESAKE_RATE = 0.06, 0.01, 0.02  # of people
COPY_SHARES = {0: 0.7, 1: 0.22, 2: 0.06, 3: 0.02}  # damaged copies a person
KNOWN = {"birth_on": 0.86, "gender": 0.9, "phone": 0.97, "email": 0.3}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_STREETS = """
tullaroop giblin goldfinch maltby ramsay dumas blacket neworra yerralee florey kosciusko
messenger birubi maranoa reveley haddon crichton chave ballarat clarnette langdon morshead
daley beetaloo dandenong cochrane bastow martley sollya grace discovery
""".split()  # noqa: SIM905
_KINDS = ("street", "place", "circuit", "crescent", "avenue", "court", "road", "close")
_TOWNS = """
waller bittern canterbury coolaroo garbutt ommaney worongary carlsruhe yass bayswater
flemington rowville wolumla woodville lutwyche gowrie westwood orbost patterson ballina
trafalgar springwood galston worrigee shoalwater barwon success
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Lookalike:
    """One record. person: who it is in truth. kind: "original" or what was done to the copy."""

    person: int
    name: str
    gender: str = ""
    birth_on: date | None = None
    phone: str = ""
    email: str = ""
    address: str = ""
    city: str = ""
    kind: str = "original"


@dataclass
class _Book:
    """Parts that names are made of. weights: of the family names."""

    family: list[str]
    weights: list[float]
    given: dict[str, list[str]]
    latin: dict[str, str] = field(default_factory=dict)


def lookalikes(language: str, n_people: int, *, seed: int) -> list[Lookalike]:
    """Originals and copies in random order; the same for the same arguments."""
    rng = random.Random(f"{language} {n_people} {seed}")  # noqa: S311 no secret
    originals = _people(language, n_people, rng)
    damage = _damage_chinese if language == "zh" else _damage_english
    records = list(originals)
    counts, shares = list(COPY_SHARES), list(COPY_SHARES.values())
    for one in originals:
        for _copy in range(rng.choices(counts, shares)[0]):
            records.append(damage(one, rng))
    rng.shuffle(records)
    return records


def _people(language: str, n_people: int, rng: random.Random) -> list[Lookalike]:
    book = _book(language)
    people: list[Lookalike] = []
    for person in range(n_people):
        draw, other = rng.random(), rng.choice(people) if people else None
        fresh = _person(language, person, book, rng)
        if other is not None and draw < TWIN_RATE + FAMILY_RATE:
            fresh = _relative(fresh, other, book, rng, is_twin=draw < TWIN_RATE)
        elif other is not None and draw < TWIN_RATE + FAMILY_RATE + NAMESAKE_RATE:
            fresh = replace(fresh, name=other.name, gender=other.gender)
        people.append(fresh)
    return [_forgetful(one, rng) for one in people]


def _person(language: str, person: int, book: _Book, rng: random.Random) -> Lookalike:
    gender = rng.choices(["female", "male"], [3, 1])[0]
    family = rng.choices(book.family, book.weights)[0]
    name = _written(language, family, _given(language, book, gender, rng))
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
    one = Lookalike(person, name, gender, born)
    if language == "zh":
        return replace(
            one, phone="1" + rng.choice("3578") + "".join(rng.choices("0123456789", k=9))
        )
    street = f"{rng.randrange(1, 300)} {rng.choice(_STREETS)} {rng.choice(_KINDS)}"
    return replace(one, address=street, city=rng.choice(_TOWNS))


def _relative(
    one: Lookalike, other: Lookalike, book: _Book, rng: random.Random, *, is_twin: bool
) -> Lookalike:
    """Lives with the other: the same phone and address, mostly the same family name.

    Chinese siblings are often given a sign in common, as 宝平 and 宝喜 are.
    """
    language = "en" if other.name.isascii() else "zh"
    home = replace(one, phone=other.phone, address=other.address, city=other.city)
    if not is_twin and rng.random() < 0.4:
        return home
    family = other.name.split()[-1] if language == "en" else _family_of(other.name, book)
    shared = other.name[len(family) :][:1] if language == "zh" and rng.random() < 0.5 else ""
    name, born = other.name, other.birth_on if is_twin else home.birth_on
    while name == other.name:
        given = _given(language, book, one.gender, rng)
        name = _written(language, family, shared + given[-1] if shared else given)
    return replace(home, name=name, birth_on=born)


def _forgetful(one: Lookalike, rng: random.Random) -> Lookalike:
    """Not everything was asked at the desk."""
    return replace(
        one,
        birth_on=one.birth_on if rng.random() < KNOWN["birth_on"] else None,
        gender=one.gender if rng.random() < KNOWN["gender"] else "",
        phone=one.phone if rng.random() < KNOWN["phone"] else "",
    )


def _book(language: str) -> _Book:
    lists = names_zh if language == "zh" else names_en
    rows = _entries(lists.SURNAMES)
    female, male = _entries(lists.FEMALE), _entries(lists.MALE)
    latin = {row[0]: row[1] for row in (*rows, *female, *male)} if language == "zh" else {}
    given = {"female": [row[0] for row in female], "male": [row[0] for row in male]}
    return _Book([row[0] for row in rows], [float(row[-1]) for row in rows], given, latin)


def _entries(text: str) -> list[list[str]]:
    return [one.split() for line in text.split("\n") for one in line.split("|") if one.strip()]


def _given(language: str, book: _Book, gender: str, rng: random.Random) -> str:
    """One of the list, or in Chinese often two signs of different ones: there are very many."""
    one = rng.choice(book.given[gender])
    if language == "en" or rng.random() < 0.3:
        return one
    return one[0] + rng.choice(book.given[gender])[-1]


def _family_of(name: str, book: _Book) -> str:
    return name[:2] if name[:2] in book.family else name[:1]


def _written(language: str, family: str, given: str) -> str:
    return family + given if language == "zh" else f"{given} {family}".lower()


def _damage_chinese(one: Lookalike, rng: random.Random) -> Lookalike:
    kind = rng.choice(list(_CHINESE))
    copy = replace(_CHINESE[kind](one, rng), kind=kind)
    if rng.random() < 0.25:
        copy = replace(copy, birth_on=None)
    return _forgetful(copy, rng)


def _damage_english(one: Lookalike, rng: random.Random) -> Lookalike:
    """One to five slips, at most two of them in a field, as FEBRL's generator makes them."""
    copy, done = one, []
    for _slip in range(rng.choice((1, 1, 2, 2, 3, 4, 5))):
        kind = rng.choice(list(_ENGLISH))
        if done.count(kind) < 2:
            copy = _ENGLISH[kind](copy, rng)
            done.append(kind)
    return replace(copy, kind="+".join(done))


def _typo(text: str, rng: random.Random) -> str:
    if len(text) < 2:
        return text
    at, letter = rng.randrange(len(text) - 1), rng.choice(_LETTERS)
    return rng.choice((
        text[:at] + text[at + 1 :],
        text[:at] + letter + text[at:],
        text[:at] + letter + text[at + 1 :],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        text[:at] + " " + text[at:],
    )).strip()  # fmt: skip


def _typo_in(name: str) -> Callable[[Lookalike, random.Random], Lookalike]:
    return lambda one, rng: replace(one, **{name: _typo(getattr(one, name), rng)})


def _birth_slip(one: Lookalike, rng: random.Random) -> Lookalike:
    """Day and month swapped where that is a day, else one digit wrong."""
    born = one.birth_on
    if born is None:
        return one
    if born.day <= 12 and born.day != born.month and rng.random() < 0.5:
        return replace(one, birth_on=born.replace(month=born.day, day=born.month))
    text = list(born.isoformat())
    for _try in range(20):
        place = rng.choice((2, 3, 6, 8, 9))
        changed = [*text[:place], rng.choice("0123456789"), *text[place + 1 :]]
        try:
            return replace(one, birth_on=date.fromisoformat("".join(changed)))
        except ValueError:
            continue
    return one


def _phone_slip(one: Lookalike, rng: random.Random) -> Lookalike:
    if not one.phone:
        return one
    at = rng.randrange(3, 11)
    digit = rng.choice([d for d in "0123456789" if d != one.phone[at]])
    return replace(one, phone=one.phone[:at] + digit + one.phone[at + 1 :])


def _new_phone(one: Lookalike, rng: random.Random) -> Lookalike:
    return replace(one, phone="19" + "".join(rng.choices("0123456789", k=9)))


def _homophone(one: Lookalike, _rng: random.Random) -> Lookalike:
    return replace(one, name=one.name[0] + one.name[1:].translate(names_zh.SLIPS))


def _honorific(one: Lookalike, rng: random.Random) -> Lookalike:
    titles = ("女士", "小姐", "姐") if one.gender == "female" else ("先生", "总", "哥")
    return replace(one, name=_family_of(one.name, _book("zh")) + rng.choice(titles))


def _pinyin(one: Lookalike, _rng: random.Random) -> Lookalike:
    book = _book("zh")
    family = _family_of(one.name, book)
    signs = {sign: sound for sign, sound in book.latin.items() if len(sign) == 1}
    rest = one.name[len(family) :]
    sounds = [book.latin[rest]] if rest in book.latin else [signs.get(sign, "") for sign in rest]
    if not all(sounds):
        return one
    given = "".join(sounds)
    return replace(one, name=f"{book.latin[family].title()} {given.title()}")


def _swapped(one: Lookalike, _rng: random.Random) -> Lookalike:
    """Given name first, as a form for foreigners asks for it."""
    family = _family_of(one.name, _book("zh"))
    return replace(one, name=one.name.removeprefix(family) + family)


def _spaced(one: Lookalike, _rng: random.Random) -> Lookalike:
    return replace(one, name=f" {one.name[:1]}\u3000{one.name[1:]} ")


def _remarked(one: Lookalike, rng: random.Random) -> Lookalike:
    return replace(one, name=one.name + rng.choice(("（VIP）", "【勿扰】", "-老客", "(转介绍)")))


_CHINESE: dict[str, Callable[[Lookalike, random.Random], Lookalike]] = {
    "same": lambda one, _rng: one,
    "new phone": _new_phone,
    "phone slip": _phone_slip,
    "phone lost": lambda one, _rng: replace(one, phone=""),
    "birth slip": _birth_slip,
    "homophone": _homophone,
    "traditional": lambda one, _rng: replace(one, name=one.name.translate(names_zh.TRADITIONAL)),
    "pinyin": _pinyin,
    "honorific": _honorific,
    "spaces": _spaced,
    "swapped": _swapped,
    "remark": _remarked,
}
_ENGLISH: dict[str, Callable[[Lookalike, random.Random], Lookalike]] = {
    "name": _typo_in("name"),
    "address": _typo_in("address"),
    "city": _typo_in("city"),
    "birth slip": _birth_slip,
    "birth lost": lambda one, _rng: replace(one, birth_on=None),
    "address lost": lambda one, _rng: replace(one, address=""),
    "names swapped": lambda one, _rng: replace(one, name=" ".join(one.name.split()[::-1])),
    "given name lost": lambda one, _rng: replace(one, name=one.name.split()[-1]),
    "moved": lambda one, rng: replace(one, address=f"{rng.randrange(300)} {rng.choice(_STREETS)}"),
}
