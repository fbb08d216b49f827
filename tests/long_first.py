"""The long tests begin first, so that the last minute of a run does not wait for one of them.

xdist gives each of its workers a block of the list, and who is done takes over from the end of
another's: so the long ones stand at the front of every block.
"""

import os
from collections.abc import Sequence
from itertools import islice

import pytest

# The longest first; what takes more than about three seconds. Without parameters.
LONG = (
    "tests/campaigns/test_sending_proof.py::test_nothing_is_lost_or_doubled_while_workers_die",
    "tests/loyalty/test_ledger_machine.py::test_whatever_happens_the_books_agree_with_the_model",
    "tests/walls/test_api.py::test_api_answers_a_foreign_id_like_an_unknown_one",
    "tests/walls/test_pages.py::test_pages_answer_a_foreign_id_like_an_unknown_one",
    "tests/loyalty/test_ledger_against_model.py::test_any_history_ends_where_the_model_says",
    "tests/customers/test_duplicates_matching.py::test_damaged_lists_are_put_together",
    "tests/loyalty/test_rewards_at_once.py::test_one_code_at_two_hundred_tills_is_used_once",
    "tests/loyalty/test_rewards_at_once.py::test_the_last_use_of_a_word_goes_to_one_of_two_hundred",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    n_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if n_workers > 1:
        by_name = {item.nodeid: item for item in items}
        items[:] = [by_name[name] for name in ordered(list(by_name), n_workers)]


def ordered(names: Sequence[str], n_workers: int) -> list[str]:
    """The same names, the long ones dealt to the fronts of as many blocks of equal size."""
    ranks = {name: LONG.index(name.partition("[")[0]) for name in names if _is_long(name)}
    long = sorted(ranks, key=ranks.__getitem__)
    others = (name for name in names if name not in ranks)
    in_order: list[str] = []
    n_left = len(names)
    for worker in range(n_workers):
        n_block = n_left // (n_workers - worker)
        early = long[worker::n_workers]
        in_order += early
        in_order += islice(others, max(n_block - len(early), 0))
        n_left -= n_block
    return [*in_order, *others]


def _is_long(name: str) -> bool:
    return name.partition("[")[0] in LONG
