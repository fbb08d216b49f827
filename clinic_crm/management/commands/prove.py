from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic_crm.score_proof.edges import edges
from clinic_crm.score_proof.figures import Figure, figures_of
from clinic_crm.score_proof.parameters import parameter_figures

SIZES = (200, 2_000, 20_000, 200_000)


class Command(BaseCommand):
    help = "Compare what the product says with the known truth of generated clinics."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["scores"])
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--sizes", type=_sizes, default=SIZES, metavar="N,N…", help="customers of each clinic"
        )
        parser.add_argument("--page", type=Path, help="also write the answer as a page of the docs")

    def handle(self, *args: Any, **options: Any) -> None:
        self.lines: list[str] = []
        seed, missed = options["seed"], 0
        missed += self._table("Parameters found again", parameter_figures(seed))
        for size in options["sizes"]:
            missed += self._table(f"A clinic of {size:,} records", figures_of(size, seed))
        missed += self._edges()
        if options["page"]:
            options["page"].write_text(self._page(options), encoding="utf-8")
        if missed:
            raise CommandError(f"{missed} of the figures missed their limit.")

    def _table(self, title: str, figures: Iterable[Figure]) -> int:
        self._say(f"\n## {title}\n", "| figure | value | limit | |", "|---|---:|---:|---|")
        missed = 0
        for one in figures:
            sign = "≥ " if one.is_floor else "≤ "
            limit = "" if one.limit is None else f"{sign}{one.limit:g}"
            verdict = "" if one.limit is None else "**missed**" if one.is_missed else "ok"
            self._say(f"| {one.name} | {one.value:.3f} | {limit} | {verdict} |")
            missed += one.is_missed
        return missed

    def _edges(self) -> int:
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
            self.stdout.write(line)

    def _page(self, options: dict[str, Any]) -> str:
        sizes = ",".join(map(str, options["sizes"]))
        command = f"./dev manage prove scores --seed {options['seed']} --sizes {sizes}"
        return (
            "# Scores against the truth\n\n"
            f"Written by `{command} --page docs/score_proof.md`. The clinics are the simulator's"
            " (`docs/simulator.md`), so that what no real clinic can see is known: who had left,"
            " why, and with what probability each would return.\n" + "\n".join(self.lines) + "\n"
        )


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
