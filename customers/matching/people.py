"""The people to compare, as columns of codes and texts."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from typing import Any

import numpy as np

from customers.matching.names import FEMALE, MALE, Name, fold, read_name

MISSING = -1
MOST_VALUES = 4  # phones, addresses or ids of one person that are looked at
_GENDERS = {"female": FEMALE, "male": MALE}
_NO_SIGN = re.compile(r"[\W_]+")


@dataclass(frozen=True, eq=False)
class Coded:
    """Texts and their codes: equal texts have equal codes. codes: (n,) or (n, k), −1 = none."""

    texts: np.ndarray  # object, one a code
    codes: np.ndarray

    def at(self, rows: np.ndarray, column: int = 0) -> np.ndarray:
        """Texts of these rows; "" where there is none."""
        codes = self.codes[rows] if self.codes.ndim == 1 else self.codes[rows, column]
        if not len(self.texts):
            return np.full(len(rows), "", dtype=object)
        return np.where(codes >= 0, self.texts[codes], "")


def coded(texts: Iterable[str]) -> Coded:
    """One text a person; "" is none."""
    book: dict[str, int] = {}
    codes = (book.setdefault(text, len(book)) if text else MISSING for text in texts)
    counted = np.fromiter(codes, dtype=np.int32)
    return Coded(_objects(list(book)), counted)


def coded_lists(lists: Iterable[Sequence[str]], n: int) -> Coded:
    """Several texts a person, for n people."""
    codes, book = np.full((n, MOST_VALUES), MISSING, dtype=np.int32), {}
    width = 1
    for row, texts in enumerate(lists):
        width = max(width, len(texts))
        for column, text in enumerate(texts[:MOST_VALUES]):
            if text:
                codes[row, column] = book.setdefault(text, len(book))
    return Coded(_objects(list(book)), codes[:, : min(width, MOST_VALUES)].copy())


@dataclass(eq=False)
class People:
    """One row a person, in any order. Each column is read once, so it may be a generator.

    births: None where unknown. genders: "female", "male" or anything else. phones: E.164.
    ids: what names one person alone, such as "wechat:wx_7". extras: further single values by name,
    such as a postcode. All but the names may be left out.
    """

    names: Iterable[str]
    births: Iterable[date | None] | None = None
    genders: Iterable[str] | None = None
    phones: Iterable[Sequence[str]] | None = None
    emails: Iterable[Sequence[str]] | None = None
    ids: Iterable[Sequence[str]] | None = None
    addresses: Iterable[str] | None = None
    cities: Iterable[str] | None = None
    extras: Mapping[str, Iterable[str]] = field(default_factory=dict)

    def columns(self) -> "Columns":
        return _Reader(self).columns()


@dataclass(frozen=True, eq=False)
class Columns:
    """What `People` say, read once and coded."""

    n: int
    is_han: np.ndarray
    family: Coded
    given: Coded
    family_sound: Coded
    given_sound: Coded
    given_sounds: np.ndarray  # object: every way to read the given name, or ()
    whole: Coded
    turned: Coded  # the same for 王小明 and 小明王
    name_key: Coded  # the sounds of all parts in alphabetical order
    gender: np.ndarray
    birth: np.ndarray  # yyyymmdd, 0 = unknown
    phone: Coded
    email: Coded
    id: Coded
    address: Coded
    city: Coded
    extras: dict[str, Coded]


class _Reader:
    def __init__(self, people: People) -> None:
        self.people = people
        known: dict[str, int] = {}
        self.row_of_name = np.fromiter(
            (known.setdefault(name, len(known)) for name in people.names), dtype=np.int32
        )
        self.n = len(self.row_of_name)
        self.read = [read_name(name) for name in known]

    def columns(self) -> Columns:
        people, read = self.people, self.read
        return Columns(
            n=self.n,
            is_han=self._spread(np.array([one.is_han for one in read], dtype=bool)),
            family=self._named([one.family for one in read]),
            given=self._named([one.given for one in read]),
            family_sound=self._named([one.family_sound for one in read]),
            given_sound=self._named([one.given_sound for one in read]),
            given_sounds=self._spread(_objects([one.other_sounds for one in read])),
            whole=self._named([one.whole for one in read]),
            turned=self._named([_turned(one.whole) if one.is_han else "" for one in read]),
            name_key=self._named([_name_key(one) for one in read]),
            gender=self._genders(),
            birth=np.fromiter(map(_day_number, self._or_none(people.births, None)), np.int32),
            phone=self._listed(people.phones, str),
            email=self._listed(people.emails, _email),
            id=self._listed(people.ids, _id),
            address=coded(map(_place, self._or_none(people.addresses, ""))),
            city=coded(map(_place, self._or_none(people.cities, ""))),
            extras={name: coded(map(_id, texts)) for name, texts in people.extras.items()},
        )

    def _or_none(self, column: Iterable[Any] | None, nothing: Any) -> Iterable[Any]:
        return repeat(nothing, self.n) if column is None else column

    def _listed(self, column: Iterable[Sequence[str]] | None, read: Callable[[str], str]) -> Coded:
        lists = self._or_none(column, ())
        return coded_lists(([read(text) for text in texts] for texts in lists), self.n)

    def _spread(self, values: np.ndarray) -> np.ndarray:
        return values[self.row_of_name] if self.n else values

    def _named(self, texts: list[str]) -> Coded:
        of_names = coded(texts)
        return Coded(of_names.texts, self._spread(of_names.codes))

    def _genders(self) -> np.ndarray:
        genders = self._or_none(self.people.genders, "")
        said = np.fromiter((_GENDERS.get(gender, 0) for gender in genders), dtype=np.int8)
        by_title = self._spread(np.array([one.gender for one in self.read], dtype=np.int8))
        return np.where(said > 0, said, by_title) if self.n else said


def _objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _turned(whole: str) -> str:
    return min(whole[k:] + whole[:k] for k in range(len(whole))) if len(whole) > 1 else whole


def _name_key(name: Name) -> str:
    parts = sorted({name.family_sound, name.given_sound} - {""})
    return " ".join(parts) if name.given or not name.is_han else ""


def _day_number(day: date | None) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day else 0


def _email(text: str) -> str:
    return fold(text.strip())


def _id(text: str) -> str:
    return _NO_SIGN.sub("", fold(text))


def _place(text: str) -> str:
    return " ".join(_NO_SIGN.sub(" ", fold(text)).split())
