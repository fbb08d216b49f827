"""Rules: what they refuse, who they find, and the sentence they read as."""

from datetime import date

import pytest
from django.utils import translation

from customers.models import CustomerTag
from segmentation.models import CustomerList, CustomerScore, ScoreRun, Segment
from segmentation.queries import customers_matching
from segmentation.rules import ChoiceBook, RuleRefused, clean_rule
from segmentation.sentences import sentence_of
from tests.factories.customers import ConsentFactory, CustomerFactory, TagFactory

TODAY = date(2026, 5, 1)


def condition(attribute: str, operator: str, value=None) -> dict:
    asked = {"attribute": attribute, "operator": operator}
    return asked if value is None else asked | {"value": value}


def rule(*parts: dict, match: str = "all", **more) -> dict:
    return {"match": match, "conditions": list(parts)} | more


def names(asked: dict, on: date = TODAY) -> list[str]:
    return sorted(customers_matching(asked, on=on).values_list("name", flat=True))


@pytest.fixture
def run(clinic):
    return ScoreRun.objects.create(
        as_of=TODAY,
        is_current=True,
        started_at="2026-05-01T00:00Z",
        finished_at="2026-05-01T00:01Z",
    )


def score(run, name: str, **fields) -> CustomerScore:
    fields = {"stage": "active", "stage_since_on": TODAY} | fields
    return CustomerScore.objects.create(run=run, customer=CustomerFactory(name=name), **fields)


def test_stage_rule_reads_the_current_run_only(run):
    old = ScoreRun.objects.create(as_of=date(2026, 4, 1), started_at="2026-04-01T00:00Z")
    anna = score(run, "Anna", stage="dormant").customer
    score(run, "Berta", stage="active")
    CustomerScore.objects.create(run=old, customer=anna, stage="loyal", stage_since_on=TODAY)

    assert names(rule(condition("stage", "is", ["dormant"]))) == ["Anna"]
    assert names(rule(condition("stage", "is", ["loyal"]))) == []


def test_is_not_keeps_customers_without_a_score(run):
    score(run, "Anna", stage="dormant")
    CustomerFactory(name="Nobody knows")

    assert names(rule(condition("stage", "is_not", ["dormant"]))) == ["Nobody knows"]


def test_all_any_and_not_combine(run):
    score(run, "Anna", stage="dormant", m=5)
    score(run, "Berta", stage="dormant", m=1)
    score(run, "Clara", stage="active", m=5)
    dormant, valuable = condition("stage", "is", ["dormant"]), condition("m", "at_least", 4)

    assert names(rule(dormant, valuable)) == ["Anna"]
    assert names(rule(dormant, valuable, match="any")) == ["Anna", "Berta", "Clara"]
    assert names(rule(dormant, rule(valuable, **{"not": True}))) == ["Berta"]
    assert names(rule(valuable, **{"not": True})) == ["Berta"]


def test_last_visit_counts_whole_days_from_today(clinic):
    CustomerFactory(name="Exactly 90", last_visit_on=date(2026, 1, 31))
    CustomerFactory(name="91", last_visit_on=date(2026, 1, 30))
    CustomerFactory(name="Never")

    assert names(rule(condition("last_visit", "more_than_days_ago", 90))) == ["91"]
    assert names(rule(condition("last_visit", "in_last_days", 90))) == ["Exactly 90"]
    assert names(rule(condition("last_visit", "is_unknown"))) == ["Never"]


def test_age_counts_completed_years_also_for_leap_days(clinic):
    CustomerFactory(name="30 today", birth_on=date(1996, 5, 1))
    CustomerFactory(name="29 still", birth_on=date(1996, 5, 2))
    CustomerFactory(name="Leap", birth_on=date(2000, 2, 29))

    assert names(rule(condition("age", "at_least", 30))) == ["30 today"]
    assert names(rule(condition("age", "is", 26))) == ["Leap"]
    assert names(rule(condition("age", "between", [29, 30]))) == ["29 still", "30 today"]


def test_birthday_this_month_moves_with_today(clinic):
    CustomerFactory(name="May", birth_on=date(1990, 5, 20))
    CustomerFactory(name="January", birth_on=date(1990, 1, 20))
    asked = rule(condition("birthday", "is", ["this_month"]))

    assert names(asked) == ["May"]
    assert names(asked, on=date(2026, 1, 3)) == ["January"]
    assert names(rule(condition("birthday", "is", ["next_month"])), date(2026, 12, 3)) == [
        "January"
    ]


def test_tags_any_all_none(clinic):
    gold, shy = TagFactory(name="gold"), TagFactory(name="shy")
    both, one = CustomerFactory(name="Both"), CustomerFactory(name="One")
    CustomerFactory(name="None")
    for customer, tag in ((both, gold), (both, shy), (one, gold)):
        CustomerTag.objects.create(customer=customer, tag=tag)

    assert names(rule(condition("tags", "has_any", [gold.pk, shy.pk]))) == ["Both", "One"]
    assert names(rule(condition("tags", "has_all", [gold.pk, shy.pk]))) == ["Both"]
    assert names(rule(condition("tags", "has_none", [shy.pk]))) == ["None", "One"]


def test_withdrawn_consent_is_no_consent(clinic):
    ConsentFactory(customer=CustomerFactory(name="Yes"))
    withdrawn = ConsentFactory(customer=CustomerFactory(name="Withdrew"))
    withdrawn.withdrawn_at = withdrawn.given_at
    withdrawn.save()

    assert names(rule(condition("email_consent", "is", True))) == ["Yes"]
    assert names(rule(condition("email_consent", "is", False))) == ["Withdrew"]


def test_a_rule_finds_only_the_open_clinics_customers(clinic, other_clinic, in_clinic):
    CustomerFactory(name="Ours")
    with in_clinic(other_clinic):
        CustomerFactory(name="Theirs")
        foreign_tag = TagFactory(name="theirs").pk

    assert names(rule()) == ["Ours"]
    unknown = refused(rule(condition("tags", "has_any", [foreign_tag + 1000])))
    assert refused(rule(condition("tags", "has_any", [foreign_tag]))) == unknown


def refused(asked) -> str:
    with pytest.raises(RuleRefused) as caught:
        clean_rule(asked, book=ChoiceBook())
    return str(caught.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ([], "A group must be an object with “match” and “conditions”."),
        ({"match": "some", "conditions": []}, "match: “match” must be “all” or “any”."),
        (rule(drop="table"), "“drop” is not known here."),
        (
            rule(condition("shoe_size", "is", 3)),
            "conditions[0].attribute: There is no attribute “shoe_size”.",
        ),
        (
            rule(condition("age", "contains", 3)),
            "conditions[0].operator: Age cannot be asked with “contains”."
            " Use one of: at_least, at_most, between, is.",
        ),
        (rule(condition("age", "is", "3")), "conditions[0].value: Age: Give a whole number."),
        (rule(condition("age", "is", True)), "conditions[0].value: Age: Give a whole number."),
        (
            rule(condition("m", "at_least", 6)),
            "conditions[0].value: M score: Give a number from 1 to 5.",
        ),
        (
            rule(condition("churn", "at_least", float("nan"))),
            "conditions[0].value: Churn probability: Give a share from 0 to 1.",
        ),
        (
            rule(condition("last_visit", "in_last_days", 10**12)),
            "conditions[0].value: Last visit: Give a number from 0 to 36500.",
        ),
        (
            rule(condition("last_visit", "before", "1.5.2026")),
            "conditions[0].value: Last visit: Give a day as YYYY-MM-DD, for example 2026-03-31.",
        ),
        (
            rule(condition("age", "between", [40, 30])),
            "conditions[0].value: Age: The first value is larger than the second.",
        ),
        (
            rule(condition("stage", "is", ["gone fishing"])),
            "conditions[0].value: Stage: One of these no longer exists. Choose from the list.",
        ),
        (
            rule(condition("city", "contains", "a\x00b")),
            "conditions[0].value: City: This text holds characters that cannot be stored.",
        ),
        (
            rule(rule(rule(rule(rule(condition("age", "is", 3)))))),
            "conditions[0].conditions[0].conditions[0].conditions[0]:"
            " Groups are nested too deep: at most 4.",
        ),
        (rule(rule()), "conditions[0]: An inner group needs at least one condition."),
        (
            rule(*[condition("age", "is", 3)] * 51),
            "conditions: 51 conditions are too many: at most 50.",
        ),
        (
            rule(rule(*[condition("age", "is", 3)] * 26), rule(*[condition("age", "is", 3)] * 26)),
            "conditions: 52 conditions are too many: at most 50.",
        ),
    ],
)  # fmt: skip
def test_refusals_name_the_place_and_the_mend(clinic, asked, message):
    assert refused(asked) == message


def test_every_attribute_answers_every_operator_and_has_a_sentence(run):
    """Walks the registry, so that an attribute of an app above is tried as well."""
    from segmentation.attributes import attributes

    score(run, "Anna", m=3)
    TagFactory(name="gold")
    Segment.objects.create(name="Other", rule=rule())
    CustomerList.objects.create(name="Fair")
    book = ChoiceBook()
    for asked in attributes():
        for operator in asked.operators:
            value = sample(asked, operator, book)
            whole = rule(condition(asked.key, operator, value))
            assert customers_matching(whole, on=TODAY).count() in (0, 1)
            for language in ("en", "zh-hans"):
                with translation.override(language):
                    assert "%(" not in sentence_of(whole, currency="CNY", book=book)


def sample(asked, operator, book):
    if operator in ("is_known", "is_unknown"):
        return None
    if operator.endswith("days_ago") or operator.startswith("in_"):
        return 30
    one = {"number": 3, "rate": 0.5, "money": 100, "date": "2026-01-01", "flag": True}.get(
        asked.kind
    )
    if operator == "between":
        return [one, one]
    if asked.kind == "text":
        return "a" if operator == "contains" else ["a"]
    if asked.kind in ("choice", "tag", "segment"):
        return [value for value, _label in book.of(asked)][:1] or [1]
    return one


def test_sentence_reads_like_a_sentence(clinic):
    asked = rule(
        condition("stage", "is", ["active", "dormant", "churned"]),
        condition("last_visit", "more_than_days_ago", 90),
        rule(condition("monetary", "at_least", 1_000_000), condition("m", "is", 5), match="any"),
    )

    assert sentence_of(asked, currency="CNY") == (
        "Customers who are active, dormant or churned"
        " and whose last visit was more than 90 days ago"
        " and (who spent at least ¥10,000 or whose M score is 5)"
    )
    assert sentence_of(rule(), currency="CNY") == "All customers"


@pytest.mark.parametrize("match", ["all", "any"])
def test_what_is_and_what_is_not_of_one_row_keeps_who_has_no_row(run, match):
    """One look at the scores must find whom two would: also those without a score or a value."""
    score(run, "low", m=1, churn_probability=0.9)
    score(run, "high", m=5, churn_probability=0.9)
    score(run, "calm", m=5, churn_probability=0.1)
    score(run, "unknown", m=5, churn_probability=None)
    CustomerFactory(name="unscored")
    rich, risky = condition("m", "at_least", 3), condition("churn", "at_least", 0.5)
    not_risky = {**rule(risky), "not": True}

    together = names(rule(rich, not_risky, match=match))

    apart = [set(names(rule(rich))), set(names(rule(not_risky)))]
    assert set(together) == (apart[0] & apart[1] if match == "all" else apart[0] | apart[1])
    assert together == (
        ["calm", "unknown"] if match == "all" else ["calm", "high", "unknown", "unscored"]
    )
