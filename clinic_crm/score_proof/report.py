"""`manage.py prove scores`: the figures as tables, and as a page of the docs."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from clinic_crm.score_proof.edges import edges
from clinic_crm.score_proof.figures import Figure, figures_of
from clinic_crm.score_proof.parameters import parameter_figures

HELP = "scores against generated clinics whose truth is known"
SIZES = (200, 2_000, 20_000, 200_000)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--sizes", type=_sizes, default=SIZES, metavar="N,N…", help="customers of each clinic"
    )
    parser.add_argument("--page", type=Path, help="also write the answer as a page of the docs")


def run(say: Callable[[str], None], options: dict[str, Any]) -> int:
    """How many figures missed their limit."""
    report = Report(say)
    seed, missed = options["seed"], 0
    missed += report.table("Parameters found again", parameter_figures(seed))
    for size in options["sizes"]:
        missed += report.table(f"A clinic of {size:,} records", figures_of(size, seed))
    missed += report.edges()
    if options["page"]:
        options["page"].write_text(_page(report.lines, options), encoding="utf-8")
    return missed


class Report:
    """Says lines and keeps them for the page."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.lines: list[str] = []
        self._out = say

    def table(self, title: str, figures: Iterable[Figure]) -> int:
        self._say(f"\n## {title}\n", "| figure | value | limit | |", "|---|---:|---:|---|")
        missed = 0
        for one in figures:
            sign = "≥ " if one.is_floor else "≤ "
            limit = "" if one.limit is None else f"{sign}{one.limit:g}"
            verdict = "" if one.limit is None else "**missed**" if one.is_missed else "ok"
            self._say(f"| {one.name} | {one.value:.3f} | {limit} | {verdict} |")
            missed += one.is_missed
        return missed

    def edges(self) -> int:
        self._say("\n## Clinics that no textbook has\n", "| clinic | customers | what was said |")
        self._say("|---|---:|---|")
        missed = 0
        for one in edges():
            self._say(f"| {one.name} | {one.n_customers} | {one.said} |")
            missed += not one.is_sound
        return missed

    def _say(self, *lines: str) -> None:
        self.lines += lines
        for line in lines:
            self._out(line)


def _page(lines: list[str], options: dict[str, Any]) -> str:
    sizes = ",".join(map(str, options["sizes"]))
    command = f"./dev manage prove scores --seed {options['seed']} --sizes {sizes}"
    return (
        "# Scores against the truth\n\n"
        f"Written by `{command} --page docs/score_proof.md`. The clinics are the simulator's"
        " (`docs/simulator.md`), so that what no real clinic can see is known: who had left,"
        " why, and with what probability each would return.\n" + "\n".join(lines) + "\n"
    )


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
