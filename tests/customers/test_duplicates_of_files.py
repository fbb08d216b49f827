"""Files as a clinic has them, through the import and then the finder, as a clinic would do it."""

import csv
from collections import defaultdict
from itertools import combinations

import pytest
from django.core.management import call_command

from tests.conftest import outside_scope

Pairs = set[frozenset[str]]


def import_and_find(path, tmp_path) -> tuple[Pairs, Pairs]:
    """(pairs found, those of them that are certain), by external id."""
    out = tmp_path / "pairs.csv"
    with outside_scope():
        call_command("import_file", path, clinic="north", kind="customers")
        call_command("find_duplicates", clinic="north", out=out)
    found, certain = set(), set()
    with out.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pair = frozenset((row["external_id_a"], row["external_id_b"]))
            found.add(pair)
            if row["decision"] == "merge":
                certain.add(pair)
    return found, certain


def pairs_of(person: dict[str, str]) -> Pairs:
    groups = defaultdict(list)
    for key, group in person.items():
        groups[group].append(key)
    return {frozenset(pair) for keys in groups.values() for pair in combinations(keys, 2)}


def f1(found: Pairs, truth: Pairs) -> float:
    return 2 * len(found & truth) / (len(found) + len(truth))


def test_febrl(clinic, shared_data, tmp_path):
    path = shared_data / "duplicates" / "febrl1.csv"
    with path.open() as file:
        ids = [row["rec_id"] for row in csv.DictReader(file)]
    truth = pairs_of({key: key.split("-")[1] for key in ids})

    found, certain = import_and_find(path, tmp_path)

    assert f1(found, truth) >= 0.98
    assert len(certain) > 100
    assert certain <= truth


@pytest.mark.parametrize("name", ["zh_customers.csv", "zh_customers_gb18030.csv"])
def test_a_chinese_list(clinic, shared_data, tmp_path, name):
    folder = shared_data / "customers"
    with (folder / "zh_customers_truth.csv").open(encoding="utf-8-sig") as file:
        person = {row["id"]: row["pid"] for row in csv.DictReader(file)}
    with (folder / "zh_customers_must_not_merge.csv").open(encoding="utf-8-sig") as file:
        other = {frozenset((row["pid_a"], row["pid_b"])) for row in csv.DictReader(file)}

    found, certain = import_and_find(folder / name, tmp_path)

    assert f1(found, pairs_of(person)) >= 0.95
    assert len(certain) > 10
    assert not {frozenset(person[key] for key in pair) for pair in certain} & other
    assert certain <= pairs_of(person)
