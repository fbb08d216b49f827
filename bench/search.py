"""Searching among a million customers of one clinic, kind by kind, beside the bare SQL.

    ./dev bench search            a million
    ./dev bench search 100000     fewer, for a quick look
    ./dev bench search 1000000 words    only the kinds of search

Each kind is asked with many different texts of real customers, each several times, and the best
time of each text counts: what differs then is the texts, not who else is busy. `list` and `box` are
whole requests, from the session to the last byte: the 95th of 100 texts must be under 150 ms, on a
machine that nobody else uses; beside it stands what they cost the processor. `bare` is the
statement that somebody would write by hand for the same rows and the same reader; `asked` is what
the database does for all statements of our query layer, which weighs the words first. Medians of
both in seconds of processor, in the same run: at most 3 times. `found` is the query layer with
Python.

`filter` is the list narrowed by an attribute, in orders in which those who fit stand first, last or
anywhere.
"""

import json
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np
from django.db import connection
from django.test import Client

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import BackendClock, ProcessorClock, Report, asked_by, best_times
from bench._million import make_million
from bench._worlds import BigClinic
from customers.models import ContactPoint, Customer, Identity, Tag
from customers.queries import list_page, read_search, visible_customers
from customers.search_words import token_range, typed_words
from loyalty.models import Tier
from tenancy.models import Branch
from tenancy.scope import clinic_scope

N_CUSTOMERS = 1_000_000
N_TEXTS, MOST_P95_MS, MOST_TIMES, MOST_QUERIES = 40, 150, 3.0, 8
MOST_FILTERED_MS = 1_000  # half a million gathered and sorted
SORTS = ("-last_visit", "name", "-spend")
BARE = """
SELECT c.* FROM customers_customer c
LEFT JOIN tenancy_branch b ON b.id = c.home_branch_id
WHERE c.clinic_id = %(clinic)s AND c.id IN (
    SELECT customer_id FROM customers_searchtoken
    WHERE clinic_id = %(clinic)s AND token >= %(start)s AND token < %(end)s)
ORDER BY coalesce(c.last_visit_on, '0001-01-01'::date) DESC, c.id DESC LIMIT 51
"""
Work = Callable[[str], object]


def texts_of(big: BigClinic) -> dict[str, list[str]]:
    """{kind of search: texts}, of customers drawn by chance."""
    rng = np.random.default_rng(7)
    ids = rng.choice(big.customer_ids, N_TEXTS).tolist()
    with clinic_scope(big.clinic.pk):
        names = list(Customer.objects.filter(pk__in=ids).values_list("name", flat=True))
        phones = [
            value.removeprefix("+86")
            for value in ContactPoint.objects.filter(customer__in=ids, kind="phone").values_list(
                "value", flat=True
            )
        ]
        ids_of = {
            source: list(
                Identity.objects.filter(customer__in=ids, source=source).values_list(
                    "external_id", flat=True
                )
            )
            for source in ("booking", "card")
        }
    readings = [tokens[0] for name in names if (tokens := _latin(name))]
    return {
        "one character of a name": [name[i % len(name)] for i, name in enumerate(names)],
        "two characters": [name[:2] for name in names],
        "whole name": names,
        "pinyin, first letters": [reading[:4] for reading in readings],
        "pinyin, whole": readings,
        "initials": [_initials(name) for name in names],
        "phone, first three": [phone[:3] for phone in phones],
        "phone, any four": [phone[i % 7 : i % 7 + 4] for i, phone in enumerate(phones)],
        "phone, last four": [phone[-4:] for phone in phones],
        "phone, whole": phones,
        "card": ids_of["card"],
        "external id": ids_of["booking"],
        "external id, beginning": [text[:5] for text in ids_of["booking"]],
        "name and phone": [f"{n} {p[-4:]}" for n, p in zip(names, phones, strict=False)],
    }


def _latin(name: str) -> list[str]:
    from pypinyin import lazy_pinyin

    return ["".join(lazy_pinyin(name))]


def _initials(name: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(syllable[0] for syllable in lazy_pinyin(name))


def p95_and_median(work: Work, texts: list[str]) -> tuple[float, float]:
    """(95th percentile, median) in ms over the texts."""
    best = best_times(work, texts, time=perf_counter)
    return float(np.percentile(best, 95)), float(np.median(best))


def p95_of_processor(work: Work, texts: list[str]) -> float:
    """95th percentile in ms of what the request and its statements cost the processor."""
    work(texts[0])  # so that the connection is there whose backend is watched
    return float(np.percentile(best_times(work, texts, time=ProcessorClock()), 95))


def median_asked(work: Work, texts: list[str]) -> float:
    """Median of the ms for which the statements of one text keep the database at work."""
    work(texts[0])
    return float(np.median(best_times(work, texts, time=BackendClock())))


def opened(big: BigClinic, address: str) -> Work:
    browser = big.browser()

    def work(text: str) -> bytes:
        response = browser.get(address, {"q": text}, headers={"HX-Request": "true"})
        assert response.status_code == 200, response.status_code
        return response.content

    return work


def opened_list(browser: Client, query: dict[str, str]) -> None:
    answer = browser.get("/customers/", query, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.status_code


def found(big: BigClinic, sort: str = "-last_visit") -> Work:
    def work(text: str) -> object:
        with clinic_scope(big.clinic.pk):
            return list_page(visible_customers(None), sort=sort, at="", text=read_search(text))

    return work


def bare(big: BigClinic) -> Work:
    """The rarest word is what anybody would look for first; there is no better one by hand."""

    def work(text: str) -> object:
        start, end = token_range(max(typed_words(text), key=len))
        with clinic_scope(big.clinic.pk), connection.cursor() as cursor:
            cursor.execute(BARE, {"clinic": big.clinic.pk, "start": start, "end": end})
            return cursor.fetchall()

    return work


def deep_page(big: BigClinic, sort: str, n_pages: int) -> str:
    """The cursor that stands before page n."""
    at = ""
    with clinic_scope(big.clinic.pk):
        for _page in range(n_pages - 1):
            at = list_page(visible_customers(None), sort=sort, at=at).next
    return at


def pages(big: BigClinic, report: Report) -> None:
    """The list without a search: every order, its first page and its 200th."""
    browser = big.browser()
    for sort in SORTS:
        medians = {}
        for name, at in {"1": "", "200": deep_page(big, sort, 200)}.items():

            def work(_text: str, at: str = at, sort: str = sort) -> None:
                opened_list(browser, {"sort": sort, "page": at})

            p95, medians[name] = p95_and_median(work, [""] * 15)
            report.limited(f"page.{sort} {name} p95 ms", p95, MOST_P95_MS)
        report.limited(f"page.{sort} 200 against 1", medians["200"] / medians["1"], 1.5)


def narrowed(big: BigClinic) -> dict[str, dict[str, str]]:
    """{name: what the address says}, for filters of every app and how they add up."""
    with clinic_scope(big.clinic.pk):
        tag, branch = Tag.objects.earliest("pk").pk, Branch.objects.earliest("pk").pk
        tier = Tier.objects.latest("rank").pk
    old = json.dumps({"attribute": "age", "operator": "at_least", "value": 60})
    return {
        "branch": {"branch": str(branch)},
        "tag": {"tag": str(tag)},
        "dormant": {"stage": "dormant"},
        "churned": {"stage": "churned"},
        "never came": {"last_visit": "never"},
        "highest tier": {"tier": str(tier)},
        "at least 60": {"where": old},
        "dormant, tag, branch": {"stage": "dormant", "tag": str(tag), "branch": str(branch)},
        "never came, 王": {"last_visit": "never", "q": "王"},
    }


def filters(big: BigClinic, report: Report) -> None:
    """The list narrowed, in every order."""
    browser = big.browser()
    for name, query in narrowed(big).items():
        for sort in SORTS:

            def work(_text: str, query: dict = query, sort: str = sort) -> None:
                opened_list(browser, query | {"sort": sort})

            p95, _median = p95_and_median(work, [""])
            report.limited(f"filter.{name} {sort} ms", p95, MOST_FILTERED_MS)


def main() -> int:
    report = Report()
    n_customers = int(sys.argv[1]) if len(sys.argv) > 1 else N_CUSTOMERS
    began = perf_counter()
    big = make_million("million", n_customers)
    report.told("build", perf_counter() - began, "s")
    return measure(big, report)


def measure(big: BigClinic, report: Report) -> int:
    listed, box = opened(big, "/customers/"), opened(big, "/customers/search/")
    if "words" not in sys.argv:
        pages(big, report)
        filters(big, report)
    for kind, texts in texts_of(big).items():
        p95_list, _median = p95_and_median(listed, texts)
        p95_box, _median = p95_and_median(box, texts)
        ours, theirs = median_asked(found(big), texts), median_asked(bare(big), texts)
        _p95, with_python = p95_and_median(found(big), texts)
        report.limited(f"{kind}: list p95 ms", p95_list, MOST_P95_MS)
        report.limited(f"{kind}: box p95 ms", p95_box, MOST_P95_MS)
        report.told(f"{kind}: list p95 of processor", p95_of_processor(listed, texts), "ms")
        report.told(f"{kind}: box p95 of processor", p95_of_processor(box, texts), "ms")
        report.limited(f"{kind}: asked / bare", ours / theirs, MOST_TIMES)
        report.told(f"{kind}: asked", ours, "ms")
        report.told(f"{kind}: bare", theirs, "ms")
        report.told(f"{kind}: found", with_python, "ms")
        n_queries = max(asked_by(lambda text=text: listed(text)).n_queries for text in texts[:5])
        report.limited(f"{kind}: queries", n_queries, MOST_QUERIES)
        by_name, _median = p95_and_median(found(big, "name"), texts[:15])
        report.told(f"{kind}: found by name p95", by_name, "ms")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
