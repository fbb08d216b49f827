"""Any attribute of the registry as a filter of the list, chosen columns, and what they cost."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.customers.test_pages_customers import names, own_queries, person

HTMX = {"HX-Request": "true"}


def where(attribute: str, operator: str, value=None) -> str:
    condition = {"attribute": attribute, "operator": operator}
    return json.dumps(condition if value is None else condition | {"value": value})


@pytest.fixture
def two(clinic):
    person("Anna", birth_on=date(1990, 5, 4), city="Shanghai")
    person("Berta", city="Beijing")


def test_condition_narrows_the_list_and_says_so_in_words(two, client_as):
    page = client_as("staff").get("/customers/", {"where": where("age", "at_least", 30)})

    assert names(page) == ["Anna"]
    assert "who are at least 30 years old" in page.content.decode()


def test_conditions_add_up_and_each_is_taken_away_alone(two, client_as):
    query = {"where": [where("city", "is", ["Shanghai", "Beijing"]), where("age", "at_least", 30)]}
    page = client_as("staff").get("/customers/", query)

    assert names(page) == ["Anna"]
    ways_back = [parse_qs(one.without[1:])["where"] for one in page.context["asked"].conditions]
    assert ways_back == [[query["where"][1]], [query["where"][0]]]


@pytest.mark.parametrize(
    "text",
    ["rubbish", "{}", "[]", "[" * 5000, where("secret", "is", 1), where("age", "is", "x"),
     where("tags", "has_any", [999]), '{"match":"all","conditions":[]}', "\x00"],
)  # fmt: skip
def test_condition_that_makes_no_sense_is_left_out_and_told(two, client_as, text):
    page = client_as("staff").get("/customers/", {"where": text})

    assert page.status_code == 200
    assert sorted(names(page)) == ["Anna", "Berta"]
    assert "This part of the filter was left out." in page.content.decode()


def test_condition_form_leads_to_the_list_with_what_was_asked_before(two, client_as):
    client = client_as("staff")
    fields = {"attribute:0": "age", "operator:0": "at_least", "value:0": "30", "was:0": "age"}

    opened = client.get("/customers/conditions/", headers=HTMX)
    answer = client.get(
        "/customers/conditions/", fields | {"list": "q=anna&page=x", "add": "1"}, headers=HTMX
    )

    assert "condition-dialog" in opened.content.decode()
    address = urlsplit(answer.headers["HX-Redirect"])
    assert parse_qs(address.query)["q"] == ["anna"]
    assert "page" not in parse_qs(address.query)
    assert names(client.get(f"{address.path}?{address.query}")) == ["Anna"]


def test_condition_form_says_what_is_wrong(two, client_as):
    fields = {"attribute:0": "age", "operator:0": "at_least", "value:0": "old", "was:0": "age"}

    answer = client_as("staff").get("/customers/conditions/", fields | {"add": "1"}, headers=HTMX)

    assert answer.status_code == 422
    assert "Age: Give a whole number." in answer.content.decode()


def test_columns_are_those_chosen_whatever_they_cost_the_same(two, client_as):
    client = client_as("staff")
    query = {"column": ["city", "stage", "tier", "birth_on", "rubbish"]}

    page = client.get("/customers/", query)

    assert [column.key for column in page.context["columns"]] == [
        "stage",
        "tier",
        "birth_on",
        "city",
    ]
    assert b"Shanghai" in page.content
    assert own_queries(client, "/customers/", query) == 3
    assert b"Net spend" in client.get("/customers/columns/", query).content
