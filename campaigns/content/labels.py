"""Texts labelled by hand: what the check learns from, and what it is judged by.

`tuning` and `held_out` were written before the first rule, by the hand that then wrote the rules;
each later set was written after a version of them, was found in part at first sight (see
docs/content_check.md) and widened them; by `tenth`, `eleventh` and `twelfth` no rule was made,
from them is only learned. By the texts of `HELD_BACK` no rule was made, from them nothing learned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"
HALVES = (
    "tuning", "held_out", "later", "last", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
    "tenth", "eleventh", "twelfth",
)  # fmt: skip
CLEAN = "clean"  # ordinary messages, near the line: learned from, too
HELD_BACK = ("unseen", "withheld", "sealed")


@dataclass(frozen=True)
class Labelled:
    """rules: the ids that should be found. is_whole: an SMS as it travels."""

    half: str
    language: str
    channel: str
    is_whole: bool
    rules: frozenset[str]
    text: str


def labelled_texts(half: str) -> Iterator[Labelled]:
    for path in sorted(TEXTS.glob(f"{half}_*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            channel, rules, text = line.split("\t")
            yield Labelled(
                half=half, language=path.stem.rsplit("_", 1)[1], channel=channel.rstrip("!"),
                is_whole=channel.endswith("!"), text=text,
                rules=frozenset() if rules == "-" else frozenset(rules.split(",")),
            )  # fmt: skip
