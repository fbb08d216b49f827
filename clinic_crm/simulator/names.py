"""Names for people, as columns, and the slips under which somebody is written down twice."""

from dataclasses import dataclass

import numpy as np

from clinic_crm.simulator import names_en, names_zh
from clinic_crm.simulator.randomness import pick

TRADITIONAL_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class Names:
    """family, given: as written; the latin ones for e-mail addresses, lower case letters only."""

    family: np.ndarray
    given: np.ndarray
    family_latin: np.ndarray
    given_latin: np.ndarray


def draw_names(language: str, is_female: np.ndarray, rng: np.random.Generator) -> Names:
    """One name a person."""
    lists = names_zh if language == "zh-hans" else names_en
    family, family_latin, family_weight = _entries(lists.SURNAMES)
    n_people = len(is_female)
    surname = pick(rng.random(n_people), family_weight)
    given, given_latin = _given_names(lists, is_female, rng)
    family = family[surname]
    if language == "zh-hans":
        old_style = rng.random(n_people) < TRADITIONAL_SHARE
        family = _mapped(family, old_style, names_zh.TRADITIONAL)
        given = _mapped(given, old_style, names_zh.TRADITIONAL)
    return Names(family, given, family_latin[surname], given_latin)


def full_names(language: str, family: np.ndarray, given: np.ndarray) -> np.ndarray:
    if language == "zh-hans":
        return np.char.add(family, given)
    return np.char.add(np.char.add(given, " "), family)


def slip(language: str, kind: str, family: str, given: str, gender: str) -> tuple[str, str]:
    """(family, given) as the desk might write them. kind: "typo", "nickname", "swapped"."""
    if kind == "swapped":
        return given, family
    if language == "zh-hans":
        if kind == "typo":
            return family, given.translate(names_zh.SLIPS)
        return family, "女士" if gender == "female" else "先生"
    if kind == "nickname":
        return family, names_en.NICKNAMES.get(given, given[0])
    middle = len(family) // 2
    swapped = family[middle] + family[middle - 1]
    return family[: middle - 1] + swapped + family[middle + 1 :], given


def _entries(text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [entry.split() for line in text.split("\n") for entry in line.split("|") if entry]
    written = np.array([row[0] for row in rows])
    latin = np.array([_letters(row[1] if len(row) == 3 else row[0]) for row in rows])
    return written, latin, np.array([float(row[-1]) for row in rows])


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


def _given_names(lists, is_female: np.ndarray, rng: np.random.Generator):
    female, female_latin, female_weight = _entries(lists.FEMALE)
    male, male_latin, male_weight = _entries(lists.MALE)
    draws = rng.random(len(is_female))
    as_female, as_male = pick(draws, female_weight), pick(draws, male_weight)
    given = np.where(is_female, female[as_female], male[as_male])
    return given, np.where(is_female, female_latin[as_female], male_latin[as_male])


def _mapped(texts: np.ndarray, chosen: np.ndarray, table: dict) -> np.ndarray:
    result = texts.copy()
    rows = np.flatnonzero(chosen)
    result[rows] = [text.translate(table) for text in texts[rows].tolist()]
    return result
