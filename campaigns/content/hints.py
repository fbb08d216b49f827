"""What makes a message look like spam or wastes it: counted, never blocking."""

import re
from dataclasses import dataclass

from campaigns.content.sms import parts

MAX_SUBJECT_LETTERS = {"en": 60, "zh-hans": 25}  # what a phone shows of a subject line
MAX_LINKS = 3
MAX_PARTS = 3
LONG_URL = 40
_URL = re.compile(r"https?://[^\s<>\"'，。；！？、）】》」]+", re.IGNORECASE)
_SHORTENERS = re.compile(r"https?://(?:bit\.ly|t\.cn|tinyurl\.com|goo\.gl|is\.gd|dwz\.cn)/", re.I)
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


@dataclass(frozen=True)
class Hint:
    """words: an English message id with %(n)s, translated when shown. n: the figure in it."""

    id: str
    words: str
    n: int = 0


def hints(*, subject: str, body: str, channel: str, language: str) -> list[Hint]:
    """Of the texts as written or as rendered; merge fields count as nothing."""
    plain_subject, plain = _LIQUID.sub("", subject), _LIQUID.sub("", body)
    found = _of_letters(f"{plain_subject}\n{plain}")
    links = _URL.findall(body)
    if len(links) > MAX_LINKS:
        found.append(Hint("links", "%(n)s links: more than three look like spam.", len(links)))
    if _SHORTENERS.search(body):
        found.append(Hint("shortener", "Public link shorteners are blocked by many filters."))
    if channel == "email":
        most = MAX_SUBJECT_LETTERS.get(language, MAX_SUBJECT_LETTERS["en"])
        if len(plain_subject) > most:
            found.append(
                Hint("subject_long", "The subject is cut off on phones: %(n)s letters fit.", most)
            )
    if channel == "sms":
        found += _of_sms(body, links)
    return found


def _of_letters(text: str) -> list[Hint]:
    found = []
    marks = max((len(run) for run in re.findall(r"[!！]+", text)), default=0)
    n_marks = len(re.findall(r"[!！]", text))
    if marks >= 2 or n_marks > 3:
        found.append(Hint("exclamation", "%(n)s exclamation marks: one is enough.", n_marks))
    words = re.findall(r"\b[A-Z]{4,}\b", text)
    letters = [one for one in text if one.isascii() and one.isalpha()]
    n_capitals = sum(one.isupper() for one in letters)
    if len(words) >= 3 or (len(letters) >= 20 and n_capitals > len(letters) * 0.6):
        found.append(Hint("capitals", "Words in capitals look like spam."))
    return found


def _of_sms(body: str, links: list[str]) -> list[Hint]:
    found = []
    counted = parts(body)
    if counted.n_parts > MAX_PARTS:
        found.append(Hint("long", "%(n)s SMS a person: can it be said in fewer?", counted.n_parts))
    if any(len(link) > LONG_URL for link in links):
        found.append(Hint("long_link", "A link of more than %(n)s letters costs SMS.", LONG_URL))
    if counted.odd:
        found.append(
            Hint("odd_letters", "A few odd letters (such as curly quotes) halve what fits an SMS.")
        )
    return found
