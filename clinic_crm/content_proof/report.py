"""`manage.py prove content`: recall and precision of the content check, overall and by rule."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from campaigns.content.labelled import Score, found_in, score
from campaigns.content.labels import CLEAN, HALVES, HELD_BACK, labelled_texts

HELP = "the content check against labelled texts"
RECALL, PRECISION = 0.95, 0.80
NEW_RECALL = 0.85  # of words nobody has seen before, by pairs; by text it is RECALL
# Whole messages, each labelled with what it breaks first: what is told beside counts as wrong.
NEW_PRECISION = {"unseen": PRECISION, "withheld": PRECISION, "sealed": 0.65}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--mistakes", action="store_true", help="also print what was wrong")


def run(say: Callable[[str], None], options: dict[str, Any]) -> int:
    """How many figures missed their limit: of the texts learned from, and of those held back."""
    say(f"Limits, by pairs of text and rule: recall ≥ {RECALL}, precision ≥ {PRECISION}.")
    missed = 0
    for half in HALVES:
        pairs, texts = score(half)
        missed += (pairs.recall() < RECALL) + (pairs.precision() < PRECISION)
        _say_score(say, half, pairs, texts)
        _say_rules(say, pairs)
    alarmed = [bool(found_in(one)) for one in labelled_texts(CLEAN)]
    say(f"\nclean: {sum(alarmed)} false alarms in {len(alarmed)} ordinary messages")
    missed += _held_back(say)
    if options.get("mistakes"):
        _say_mistakes(say)
    return missed


def _held_back(say: Callable[[str], None]) -> int:
    say(
        "\nHeld back: no rule was made by these, nothing learned from them."
        f" By text: recall ≥ {RECALL}, precision ≥ {PRECISION}; by pairs: recall ≥ {NEW_RECALL}."
    )
    missed = 0
    for half in HELD_BACK:
        pairs, texts = score(half)
        missed += (texts.recall() < RECALL) + (texts.precision() < PRECISION)
        missed += (pairs.recall() < NEW_RECALL) + (pairs.precision() < NEW_PRECISION[half])
        _say_score(say, half, pairs, texts)
    return missed


def _say_score(say: Callable[[str], None], half: str, pairs: Score, texts: Score) -> None:
    n_texts = len(list(labelled_texts(half)))
    say(
        f"\n{half}: {n_texts} texts; pairs recall {pairs.recall():.3f} precision"
        f" {pairs.precision():.3f}; texts recall {texts.recall():.3f} precision"
        f" {texts.precision():.3f}"
    )


def _say_rules(say: Callable[[str], None], pairs: Score) -> None:
    say("| rule | found | missed | wrong | recall | precision |")
    say("|---|---:|---:|---:|---:|---:|")
    for rule_id in pairs.rule_ids:
        counts = f"{pairs.right[rule_id]} | {pairs.missed[rule_id]} | {pairs.wrong[rule_id]}"
        say(
            f"| {rule_id} | {counts} | {pairs.recall(rule_id):.3f} |"
            f" {pairs.precision(rule_id):.3f} |"
        )


def _say_mistakes(say: Callable[[str], None]) -> None:
    for half in (*HALVES, *HELD_BACK):
        for one in labelled_texts(half):
            found = found_in(one)
            if found != one.rules:
                lost, extra = sorted(one.rules - found), sorted(found - one.rules)
                say(f"{half}: missed {lost} wrong {extra}: {one.text}")
