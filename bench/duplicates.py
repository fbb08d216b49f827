"""How well and how quickly records of one person are found, on people made up for it.

    ./dev bench duplicates            lists of 1,000 and a clinic of 100,000
    N_BIG=1000000 ./dev bench duplicates

Precision and recall of all pairs (certain and to be looked at), precision of the certain ones, for
lists with families on one phone, twins, namesakes and damaged copies, under seeds the finder was
not made with. No database: only the arithmetic.
"""

import os
import resource
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._measuring import Report
from clinic_crm.simulator.lookalikes import Lookalike, lookalikes
from customers.matching import Found, People, find_pairs
from customers.matching.deciding import MERGE

SEEDS = (101, 102, 103)
MOST_MISSED, MOST_WRONG, MOST_WRONG_CERTAIN = 0.15, 0.08, 0.001
N_BIG = int(os.environ.get("N_BIG", "100000"))


def people_of(records: list[Lookalike]) -> People:
    return People(
        names=[one.name for one in records],
        births=[one.birth_on for one in records],
        genders=[one.gender for one in records],
        phones=[[f"+86{one.phone}"] if one.phone else [] for one in records],
        addresses=[one.address for one in records],
        cities=[one.city for one in records],
    )


def shares(records: list[Lookalike], found: Found) -> tuple[float, float, float]:
    """(missed of the truth, wrong of the found, wrong of the certain)."""
    groups = defaultdict(list)
    for row, one in enumerate(records):
        groups[one.person].append(row)
    truth = {pair for rows in groups.values() for pair in combinations(rows, 2)}
    pairs = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    certain = {p for p, d in zip(pairs, found.decision.tolist(), strict=True) if d == MERGE}
    right = len(truth & set(pairs))
    wrong_certain = len(certain - truth) / max(len(certain), 1)
    return 1 - right / len(truth), 1 - right / len(pairs), wrong_certain


def by_kind(records: list[Lookalike], found: Found) -> dict[str, tuple[int, int]]:
    """Kind of damage → (copies found, copies) beside their originals."""
    original = {one.person: row for row, one in enumerate(records) if one.kind == "original"}
    pairs = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row, one in enumerate(records):
        if one.kind != "original":
            pair = (min(row, original[one.person]), max(row, original[one.person]))
            counts[one.kind][0] += pair in pairs
            counts[one.kind][1] += 1
    return {kind: (n_found, n) for kind, (n_found, n) in sorted(counts.items())}


def main() -> int:
    report = Report()
    for language in ("zh", "en"):
        for seed in SEEDS:
            records = lookalikes(language, 720, seed=seed)
            pairs = find_pairs(people_of(records))
            missed, wrong, wrong_certain = shares(records, pairs)
            name = f"duplicates.{language} seed {seed}"
            report.limited(f"{name}, missed", missed, MOST_MISSED)
            report.limited(f"{name}, wrong", wrong, MOST_WRONG)
            report.limited(f"{name}, certain but wrong", wrong_certain, MOST_WRONG_CERTAIN)
    records = lookalikes("zh", 20_000, seed=SEEDS[0])
    for kind, (n_found, n) in by_kind(records, find_pairs(people_of(records))).items():
        report.told(f"duplicates.zh {kind}, found of {n}", n_found / n)
    records = lookalikes("zh", round(N_BIG / 1.4), seed=SEEDS[0])
    people = people_of(records)
    began = process_time()
    found = find_pairs(people)
    report.told("duplicates.big, records", len(records))
    report.told("duplicates.big, pairs compared", found.n_compared)
    report.told("duplicates.big, processor time", process_time() - began, "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report.told("duplicates.big, memory at its peak", peak, "MB")
    report.limited(
        "duplicates.big, certain but wrong", shares(records, found)[2], MOST_WRONG_CERTAIN
    )
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
