"""Which rules a sentence resembles texts that broke, where no listed words stand.

Ridge regression of the labels on marks of the labelled texts (runs of one to three Chinese
characters; English words, pairs and triples of them, and parts of words; families of words that
mean alike, and pairs of families), each weighted by how rare it is (tf–idf, Salton & Buckley 1988)
and every text of length one. The limits were chosen on the learning texts, each set judged by what
was learned from the others.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from campaigns.content.folding import fold, without_liquid
from campaigns.content.kinds import kinds_in
from campaigns.content.labels import CLEAN, HALVES, Labelled, labelled_texts
from campaigns.library import READY

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LISTED_ONLY = frozenset({"provider_words"})  # a gateway looks for words, not for meaning
RIDGE = 0.3
TOGETHER = 0.7  # the likest rule is told from here on: its share and that of «any rule»
BESIDE = 0.5  # others beside it, or beside words that are listed, from here on
FEWEST = 12  # marks: «您好!» resembles nothing

_FIGURE = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_HAN = re.compile('[\u3400-\u9fff#%,!?:、;。"“”]+')
_WORD = re.compile(r"[a-z#][a-z#'’]*")
_LONGEST, _PARTS = 3, (4, 5)
_ENDS = re.compile(r"[^。!?;\n.]*(?:[。!?;\n]|\.(?!\d)|$)+|[^。!?;\n]+")


@dataclass(frozen=True)
class Likely:
    """span: of the sentence, in the folded text. like: the labelled text that is most like it."""

    rule_id: str
    share: float
    span: tuple[int, int]
    like: str


@dataclass(frozen=True)
class Learned:
    """weights: [marks, rules + 1]; the last column says whether any rule is broken."""

    texts: tuple[Labelled, ...]
    rule_ids: tuple[str, ...]
    places: dict[str, int]
    rarity: np.ndarray
    weights: np.ndarray
    marks: tuple[frozenset[str], ...]

    def row(self, marks: frozenset[str]) -> np.ndarray:
        row = np.zeros(len(self.rarity), dtype=np.float32)
        known = [self.places[one] for one in marks if one in self.places]
        row[known] = self.rarity[known]
        return row / max(float(np.linalg.norm(row)), 1e-6)


def resembling(folded: str) -> Iterator[Likely]:
    """Of each sentence: the rules it resembles, the likest first."""
    learned = learn()
    for sentence in _ENDS.finditer(folded):
        marks = marks_of(sentence.group())
        if len(marks) < FEWEST:
            continue
        row = learned.row(marks)
        *shares, any_share = row @ learned.weights
        order = np.argsort(shares)[::-1]
        for place, at in enumerate(order):
            if not _is_told(shares[at], any_share, is_likest=place == 0):
                break
            rule_id = learned.rule_ids[at]
            yield Likely(
                rule_id, float(shares[at]), _trimmed(sentence), _likest(learned, marks, rule_id)
            )


def marks_of(folded: str) -> frozenset[str]:
    plain = _FIGURE.sub("#", folded)
    found = {
        run[at : at + length]
        for run in _HAN.findall(plain)
        for length in range(1, _LONGEST + 1)
        for at in range(len(run) - length + 1)
    }
    words = _WORD.findall(plain)
    for length in range(1, _LONGEST + 1):
        found |= {" ".join(words[at : at + length]) for at in range(len(words) - length + 1)}
    for word in words:
        framed = f"<{word}>"
        found |= {framed[at : at + size] for size in _PARTS for at in range(len(framed) - size + 1)}
    return frozenset(found) | frozenset(kinds_in(folded))


@lru_cache(maxsize=1)
def learn() -> Learned:
    """Most of a second, once a process, at the first text that is checked."""
    texts = [one for half in (*HALVES, CLEAN) for one in labelled_texts(half) if not one.is_whole]
    told = tuple(replace(one, rules=one.rules - LISTED_ONLY) for one in texts)
    return learned_from((*told, *_ready_sentences()))


def _ready_sentences() -> Iterator[Labelled]:
    """The library's own sentences, which break nothing: so ordinary messages are written."""
    for one in READY:
        folded = fold(without_liquid(f"{one.subject}\n{one.body}")).text
        for sentence in _ENDS.finditer(folded):
            yield Labelled(
                "library", one.language, one.channel, is_whole=False, rules=frozenset(),
                text=sentence.group(),
            )  # fmt: skip


def learned_from(texts: tuple[Labelled, ...]) -> Learned:
    from scipy.linalg import solve  # slow to import, wanted here only

    marks = [marks_of(fold(one.text).text) for one in texts]
    often = {mark: n for mark, n in Counter(m for each in marks for m in each).items() if n > 1}
    places = {mark: place for place, mark in enumerate(sorted(often))}
    rarity = np.log((1 + len(texts)) / (1 + np.array([often[m] for m in sorted(often)])))
    known = tuple(each & places.keys() for each in marks)
    rows = _rows(known, places, rarity)
    rule_ids = tuple(sorted({rule for one in texts for rule in one.rules}))
    wanted = np.array([[*(r in one.rules for r in rule_ids), bool(one.rules)] for one in texts])
    likeness = (rows @ rows.T).toarray()
    likeness.flat[:: len(texts) + 1] += RIDGE
    duals = solve(likeness, wanted.astype(np.float32), assume_a="pos", overwrite_a=True)
    weights = (rows.T @ duals).astype(np.float32)
    return Learned(texts, rule_ids, places, rarity.astype(np.float32), weights, known)


def _rows(
    known: Sequence[frozenset[str]], places: dict[str, int], rarity: np.ndarray
) -> "csr_array":
    """[texts, marks], every row of length one; nearly all of it is empty."""
    from scipy.sparse import csr_array

    columns = [places[mark] for each in known for mark in each]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in known])])
    values = rarity[columns].astype(np.float32)
    lengths = np.sqrt(np.add.reduceat(np.append(values**2, 0.0), starts[:-1]))
    lengths[np.diff(starts) == 0] = 1.0
    values /= np.repeat(np.maximum(lengths, 1e-6), np.diff(starts)).astype(np.float32)
    return csr_array((values, columns, starts), shape=(len(known), len(places)))


def _is_told(share: float, any_share: float, *, is_likest: bool) -> bool:
    return share + any_share > TOGETHER if is_likest else share > BESIDE


def _likest(learned: Learned, marks: frozenset[str], rule_id: str) -> str:
    """The text labelled with the rule that shares most with the sentence."""

    def shared(at: int) -> float:
        own = learned.marks[at]
        return sum(float(learned.rarity[learned.places[m]]) for m in own & marks) / len(own) ** 0.5

    of_rule = [
        at for at, one in enumerate(learned.texts) if rule_id in one.rules and learned.marks[at]
    ]
    return learned.texts[max(of_rule, key=shared)].text


def _trimmed(sentence: re.Match) -> tuple[int, int]:
    words = sentence.group()
    left = len(words) - len(words.lstrip())
    return sentence.start() + left, sentence.end() - (len(words) - len(words.rstrip()))
