"""Every block of a run in parallel begins with its share of the long tests."""

from pathlib import Path

import pytest

from tests.long_first import LONG, ordered

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("n_workers", [1, 2, 3, 7])
def test_long_ones_stand_at_the_front_of_every_block_and_none_is_lost(n_workers):
    short = [f"tests/test_short.py::test_{n}" for n in range(100)]
    long = [f"{LONG[2]}[{n}]" for n in range(n_workers)]

    names = ordered([*short, *long], n_workers)

    assert sorted(names) == sorted([*short, *long])
    assert [one for one in names if one in short] == short
    n_block = len(names) // n_workers
    assert [names[worker * n_block] for worker in range(n_workers - 1)] == long[:-1]
    assert set(names[: (n_workers - 1) * n_block + n_workers]) >= set(long)


def test_few_tests_for_many_workers_all_run():
    names = [f"{LONG[0]}", "tests/test_short.py::test_1", f"{LONG[3]}[both-1]"]

    assert sorted(ordered(names, 8)) == sorted(names)


@pytest.mark.parametrize("name", LONG)
def test_every_long_test_is_there(name):
    path, _colons, function = name.partition("::")

    assert f"def {function}(" in (ROOT / path).read_text()
