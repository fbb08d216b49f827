"""The customers' list of a clinic with 100,000 customers against one with 1,000, in one run.

    ./dev bench list_page

Both clinics stand in the same tables. The whole request is timed, from the session to the last
byte. Queries are what the page asks of the database, the frame (who, which clinic, which
branches) included; BEGIN and COMMIT are told beside them. Searches are told and decide nothing.
"""

import sys
from collections.abc import Callable

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report, asked_by, medians_by_turns
from bench._worlds import BigClinic, make_clinic
from customers.models import Identity
from tenancy.scope import clinic_scope

N_LARGE, N_SMALL = 100_000, 1_000
MOST_QUERIES, MOST_TIMES = 8, 1.5
N_ROUNDS, N_SEARCH_ROUNDS = 60, 15
SEARCHES = {
    "one character": "王",
    "pinyin": "wangxiao",
    "initials": "wxy",
    "part of a phone": "04242",
    "external id": "",  # of a customer in the middle
}


def opened(
    big: BigClinic, address: str, query: dict[str, str] | None = None
) -> Callable[[], bytes]:
    """A call that opens the page and makes sure that it came."""
    browser = big.browser()

    def work() -> bytes:
        response = browser.get(address, query or {})
        assert response.status_code == 200, response.status_code
        return response.content

    return work


def searches(big: BigClinic) -> dict[str, str]:
    with clinic_scope(big.clinic.pk):
        middle = big.customer_ids[len(big.customer_ids) // 2]
        return SEARCHES | {"external id": Identity.objects.get(customer=middle).external_id}


def main() -> int:
    report = Report()
    large = make_clinic("large", N_LARGE, is_searchable=True)
    small = make_clinic("small", N_SMALL, is_searchable=True)
    pages = {"large": opened(large, "/customers/"), "small": opened(small, "/customers/")}
    seconds = medians_by_turns(pages, n_rounds=N_ROUNDS)
    asked = asked_by(pages["large"])
    report.limited("list_page.times", seconds["large"] / seconds["small"], MOST_TIMES)
    report.limited("list_page.queries", asked.n_queries, MOST_QUERIES)
    report.told("list_page.begin_and_commit", asked.n_transaction_words)
    report.told("list_page.large", seconds["large"] * 1000, "ms")
    report.told("list_page.small", seconds["small"] * 1000, "ms")
    for kind, typed in searches(large).items():
        works = {
            "list": opened(large, "/customers/", {"q": typed}),
            "box": opened(large, "/customers/search/", {"q": typed}),
        }
        taken = medians_by_turns(works, n_rounds=N_SEARCH_ROUNDS, n_warm_up=2)
        report.told(f"search.list {kind}", taken["list"] * 1000, "ms")
        report.told(f"search.box {kind}", taken["box"] * 1000, "ms")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
