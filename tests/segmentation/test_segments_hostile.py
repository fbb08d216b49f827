"""Hostile rules: each gets a clear refusal, quickly, and the database sees none of it."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from segmentation import limits
from segmentation.limits import cost_of, rule_limits
from segmentation.queries import customers_matching
from segmentation.rule_refusals import RuleTooCostly
from segmentation.rules import RuleRefused, clean_rule
from tests.factories.customers import CustomerFactory

AGED = {"attribute": "age", "operator": "is", "value": 3}


def rule(*parts, match: str = "all", **more) -> dict:
    return {"match": match, "conditions": list(parts)} | more


def nested(depth: int) -> dict:
    inner = rule(AGED)
    for _level in range(depth):
        inner = rule(inner)
    return inner


def wide(n_groups: int, n_each: int) -> dict:
    return rule(*[rule(*[AGED] * n_each)] * n_groups)


def condition(attribute: str, operator: str, value) -> dict:
    return rule({"attribute": attribute, "operator": operator, "value": value})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (rule(*[AGED] * 10_000), "10000 conditions are too many"),
        (wide(200, 50), "10000 conditions are too many"),
        (rule(*[None] * 10_000), "10000 conditions are too many"),
        (nested(900), "Groups are nested too deep"),
        (nested(5), "Groups are nested too deep"),
        ({"match": "all", "conditions": {"a": 1}}, "“conditions” must be a list."),
        (rule([AGED]), "A condition must be an object."),
        (rule(None), "A condition must be an object."),
        (condition("id; DROP TABLE x", "is", 1), "There is no attribute “id; DROP TABLE x”."),
        (condition("__class__", "is", 1), "There is no attribute “__class__”."),
        (condition({"a": 1}, "is", 1), "There is no attribute “an object”."),
        (condition("age\x00", "is", 1), "There is no attribute “age�”."),
        (condition("age", "is", 10**4_400), "Give a number from 0 to 130."),
        (condition("monetary", "at_least", -(10**5_000)), "Give a number from"),
        (condition("monetary", "at_least", 2**63), "Give a number from"),
        (condition("churn", "at_least", 10**400), "Give a share from 0 to 1."),
        (condition("churn", "at_least", float("inf")), "Give a share from 0 to 1."),
        (condition("age", 10**5_000, 1), "cannot be asked with “a very large number”"),
        (condition("age", ["is"], 1), "cannot be asked with “a list”"),
        (condition("city", "is", ["x"] * 201), "Too many values: at most 200."),
        (condition("city", "contains", "x" * 201), "At most 200 characters."),
        (condition("city", "is", ["a\x00b"]), "characters that cannot be stored"),
        (condition("city", "is", ["\ud800"]), "characters that cannot be stored"),
        (condition("city", "is", [{"a": 1}]), "Write at least one character."),
        (condition("branch", "is", ["a\x00b"]), "characters that cannot be stored"),
        (condition("branch", "is", [10**30]), "Choose from the list."),
        (condition("segment", "is", ["1 OR 1=1"]), "Choose from the list."),
        (condition("last_visit", "before", "9999-12-31"), "years 1900 to 2199"),
        (condition("last_visit", "before", {}), "Give a day as YYYY-MM-DD"),
        (rule(AGED) | {"format": 3}, "Format “3” is not known here"),
        (rule(AGED) | {"format": "2"}, "Format “2” is not known here"),
        (rule(AGED) | {"format": True}, "is not known here"),
        ("everybody", "A group must be an object"),
        (None, "A group must be an object"),
    ],
)
def test_refused_at_once_and_nothing_is_asked_of_the_database(clinic, asked, message):
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as captured, pytest.raises(RuleRefused) as caught:
        clean_rule(asked)
    assert message in str(caught.value)
    assert len(captured) <= 1  # at most the clinic's own fields
    assert len(str(caught.value)) < 500
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("value", ["' OR 1=1 --", "%s", "%(x)s", "a\\", "};SELECT 1", "%' OR 'a"])
def test_sql_in_a_value_is_a_value(clinic, value):
    CustomerFactory(name="Elsewhere", city="Suzhou")
    there = CustomerFactory(name="There", city=value)

    for operator, given in (("is", [value]), ("contains", value)):
        found = customers_matching(condition("city", operator, given))
        assert list(found) == [there]
        assert value not in str(found.query.sql_with_params()[0]).replace("%s", "") or value == "%s"


@pytest.mark.parametrize("value", ["abc", "1; SELECT 1"])
def test_a_stored_choice_of_the_wrong_kind_is_refused_not_thrown(clinic, value):
    for attribute, operator in (("branch", "is"), ("tags", "has_any"), ("tier", "is")):
        with pytest.raises(RuleRefused):
            list(customers_matching(condition(attribute, operator, [value])))


def test_older_stored_rules_keep_working(clinic):
    old = rule({"attribute": "city", "operator": "is", "value": ["Suzhou"]})
    CustomerFactory(name="There", city="Suzhou")

    assert clean_rule(old) == {"format": 2} | old
    assert clean_rule(clean_rule(old)) == clean_rule(old)
    assert customers_matching(old).count() == 1


def test_a_costly_rule_is_refused_before_it_runs(clinic, monkeypatch):
    monkeypatch.setattr(limits, "MOST_COST", 1.0)
    asked = customers_matching(rule(AGED))
    with (
        CaptureQueriesContext(connection) as captured,
        pytest.raises(RuleTooCostly) as caught,
        rule_limits(asked),
    ):
        Customer.objects.count()
    assert "would have to read too much" in str(caught.value)
    assert not [q for q in captured if "COUNT" in q["sql"]]


def test_a_slow_rule_is_stopped_in_words_and_the_settings_come_back(clinic):
    def settings() -> tuple[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('work_mem'), current_setting('statement_timeout')"
            )
            return cursor.fetchone()

    before = settings()
    with (
        pytest.raises(RuleTooCostly, match="stopped after 1 second"),
        rule_limits(customers_matching(rule()), most_ms=50),
    ):
        assert settings() == ("64MB", "50ms")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
    assert settings() == before
    with rule_limits(customers_matching(rule())):
        pass
    assert settings() == before


def test_the_price_of_a_rule_is_known(clinic):
    assert cost_of(customers_matching(rule())) > 0
    assert cost_of(Customer.objects.none()) == 0


def test_ten_conditions_on_scores_read_the_scores_once(clinic):
    parts = [
        {"attribute": key, "operator": "at_least", "value": 3}
        for key in ("r", "f", "m", "frequency", "monetary")
    ]
    calm = {"attribute": "stage", "operator": "is_not", "value": ["churned"]}
    other = {"attribute": "layer", "operator": "is_not", "value": ["lost"]}
    nobody_else = rule(calm, other)
    for asked, n in (
        (rule(*parts), 1), (rule(*parts, match="any"), 1), (nobody_else, 1),
        (rule(*parts, **{"not": True}), 1), (rule(*parts, nobody_else), 1),
        (rule(*parts, calm, match="any"), 1),
    ):  # fmt: skip
        sql = str(customers_matching(asked).query)
        assert sql.count('FROM "segmentation_customerscore"') == n
