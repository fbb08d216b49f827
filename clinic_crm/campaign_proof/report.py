"""`manage.py prove campaigns`: the figures as tables, and as a page of the docs."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clinic_crm.campaign_proof.figures import Figure, figures_of

HELP = "read-outs of campaigns against a lift that is known"
N_CAMPAIGNS = 1_000


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--campaigns", type=int, default=N_CAMPAIGNS, metavar="N")
    parser.add_argument("--page", type=Path, help="also write the answer as a page of the docs")


def run(say: Callable[[str], None], options: dict[str, Any]) -> int:
    """How many figures missed their limit."""
    lines: list[str] = []
    missed = 0
    for title, figures in figures_of(options["seed"], options["campaigns"]):
        lines += ["", f"## {title}", "", "| figure | share | campaigns | limit | |",
                  "|---|---:|---:|---:|---|"]  # fmt: skip
        lines += [_line(one) for one in figures]
        missed += sum(one.is_missed for one in figures)
    for line in lines:
        say(line)
    if options["page"]:
        options["page"].write_text(_page(lines, options), encoding="utf-8")
    return missed


def _line(one: Figure) -> str:
    limit = "" if one.between is None else f"{one.between[0]:.2f} – {one.between[1]:.2f}"
    verdict = "" if one.between is None else "**missed**" if one.is_missed else "ok"
    return f"| {one.name} | {one.value:.3f} | {one.n:,} | {limit} | {verdict} |"


def _page(lines: list[str], options: dict[str, Any]) -> str:
    command = f"./dev manage prove campaigns --seed {options['seed']}"
    return (
        "# Campaigns against the truth\n\n"
        f"Written by `{command} --page docs/campaign_proof.md`. The customers are the simulator's"
        " (`docs/simulator.md`): what each of them would do and spend, with an offer and without,"
        " is drawn six times over, and a campaign is a sample of one audience, so that its true"
        " lift is known. Sizes are 150 to 20,000 customers, holdouts 10, 20 and 50 %; every second"
        " campaign has a heavy tail: each amount is multiplied by a log-normal factor of mean 1"
        " and log-sd 0.8 to 1.4. What is proved, and why, stands in"
        " [experiments.md](experiments.md).\n" + "\n".join(lines) + "\n"
    )
