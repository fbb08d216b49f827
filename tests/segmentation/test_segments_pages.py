"""Segments on screen: list, builder, one segment, and what may be deleted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign
from customers.models import CustomerTag
from segmentation.limits import rule_limits
from segmentation.models import CustomerScore, ScoreRun, Segment, SegmentRefresh
from segmentation.queries import customers_matching, segment_customers
from segmentation.services.membership import refresh_segment
from segmentation.starters import RFM, STARTERS
from tenancy.models import AuditEntry
from tests.factories.customers import (
    ContactPointFactory,
    CustomerFactory,
    SaleFactory,
    TagFactory,
    TreatmentFactory,
)
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}
AGED = {"match": "all", "conditions": [{"attribute": "age", "operator": "at_least", "value": 30}]}
EVERYBODY = {"match": "all", "conditions": []}


def segment(name: str = "Everybody", rule: dict | None = None) -> Segment:
    return Segment.objects.create(name=name, rule=rule or EVERYBODY)


@pytest.fixture
def run(clinic):
    return ScoreRun.objects.create(
        as_of="2026-05-01", is_current=True, started_at="2026-05-01T00:00Z",
        finished_at="2026-05-01T00:01Z",
    )  # fmt: skip


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def n_queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("n", [1, 3])
def test_list_costs_the_same_for_one_and_three(client_as, n):
    tag = TagFactory()
    rule = {
        "match": "all",
        "conditions": [{"attribute": "tags", "operator": "has_any", "value": [tag.pk]}],
    }
    for i in range(n):
        segment(f"Segment {i}", rule)
    client = client_as("manager")

    frame = n_queries(client, "/customers/search/")
    assert n_queries(client, "/segments/") - frame == 2  # segments, names of tags


@pytest.mark.parametrize("n", [1, 3])
def test_detail_costs_the_same_for_one_and_three(client_as, n):
    for _i in range(n):
        SaleFactory(customer=ContactPointFactory(customer=CustomerFactory()).customer)
    client = client_as("manager")
    asked = segment()

    frame = n_queries(client, "/customers/search/")
    # segment; time and memory limits 6, savepoint 2, its price; who is near, rows, what stands
    # beside; count and value; who uses it 5, who came and went, trend
    own = n_queries(client, f"/segments/{asked.pk}/") - frame
    assert own == 21


def test_count_is_live(client_as):
    asked = segment()
    client = client_as("analyst")
    assert text_of(client.get(f"/segments/{asked.pk}/count/")) == '<span class="num">0</span>'
    CustomerFactory.create_batch(2)
    assert text_of(client.get(f"/segments/{asked.pk}/count/")) == '<span class="num">2</span>'


def posted(*conditions: dict, name: str = "Aged", **more: str) -> dict:
    """What the browser sends for a flat rule."""
    data = {"name": name, "match:": "all", "parts:": [str(i) for i in range(len(conditions))]}
    for i, condition in enumerate(conditions):
        for field, value in condition.items():
            data[f"{field}:{i}"] = value
    return data | more


def test_builder_saves_what_was_typed_in_the_readers_units(client_as):
    tag = TagFactory(name="gold")
    client = client_as("manager")
    response = client.post("/segments/new/", posted(
        {"attribute": "monetary", "operator": "at_least", "value": "10,000.50"},
        {"attribute": "churn", "operator": "at_least", "value": "50"},
        {"attribute": "tags", "operator": "has_any", "value": [str(tag.pk)]},
        {"attribute": "last_visit", "operator": "more_than_days_ago", "value": "90"},
        {"attribute": "age", "operator": "between", "value": "30", "until": "40"},
        {"attribute": "city", "operator": "is", "value": "上海，Suzhou"},
        {"attribute": "email_consent", "operator": "is", "value": "yes"},
        {"attribute": "next_due", "operator": "is_known"},
    ))  # fmt: skip

    saved = Segment.objects.get()
    assert response.headers["Location"] == f"/segments/{saved.pk}/"
    assert [condition.get("value") for condition in saved.rule["conditions"]] == [
        1_000_050, 0.5, [tag.pk], 90, [30, 40], ["上海", "Suzhou"], True, None,
    ]  # fmt: skip
    again = client.get(f"/segments/{saved.pk}/edit/").context["draft"]
    assert [part.texts for part in again.parts] == [
        ["10000.5"], ["50"], [str(tag.pk)], ["90"], ["30", "40"], ["上海, Suzhou"], ["yes"], [],
    ]  # fmt: skip


def test_builder_nests_and_negates_groups(client_as):
    data = {
        "name": "Nested", "match:": "all", "parts:": ["0", "1"],
        "attribute:0": "age", "operator:0": "at_least", "value:0": "30",
        "match:1": "any", "not:1": "yes", "parts:1": ["0"],
        "attribute:1.0": "age", "operator:1.0": "at_least", "value:1.0": "40",
    }  # fmt: skip
    client_as("manager").post("/segments/new/", data)

    assert Segment.objects.get().rule == {
        "format": 2,
        "match": "all",
        "conditions": [
            {"attribute": "age", "operator": "at_least", "value": 30},
            {
                "match": "any",
                "conditions": [{"attribute": "age", "operator": "at_least", "value": 40}],
                "not": True,
            },
        ],
    }


def test_clicks_add_group_and_remove(client_as):
    client = client_as("manager")
    data = posted({"attribute": "age", "operator": "at_least", "value": "30"})

    def click(action: str, sent: dict):
        return client.post("/segments/build/", sent | {"action": action}, headers=HTMX)

    added = click("add:", data).context["draft"]
    assert [part.path for part in added.parts] == ["0", "1"]
    grouped = click("group:", data).context["draft"]
    assert grouped.parts[1].match == "any"
    assert [part.path for part in grouped.parts[1].parts] == ["1.0"]
    assert click("remove:0", data).context["draft"].parts == []
    for nonsense in ("", "add:7.3", "remove:", "remove:9", "explode:", "group:x"):
        assert len(click(nonsense, data).context["draft"].parts) == 1


def test_choosing_another_attribute_drops_the_old_value(client_as):
    data = posted({"attribute": "city", "was": "age", "operator": "at_least", "value": "30"})
    draft = client_as("manager").post("/segments/build/", data, headers=HTMX).context["draft"]

    assert (draft.parts[0].operator, draft.parts[0].texts) == ("is", [])


def test_preview_counts_and_shows_ten_faces(client_as, run):
    for i in range(12):
        customer = CustomerFactory(name=f"Person {i}")
        SaleFactory(customer=customer, net_minor=10_000)
        CustomerScore.objects.create(
            run=run, customer=customer, stage="dormant", stage_since_on="2026-05-01"
        )
    data = posted({"attribute": "stage", "operator": "is", "value": ["dormant"]}, only="preview")
    response = client_as("manager").post("/segments/build/", data, headers=HTMX)

    preview = response.context["preview"]
    assert (preview.totals.n, preview.totals.net_minor, len(preview.faces)) == (12, 120_000, 10)
    assert "Customers who are dormant" in text_of(response)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"attribute": "age", "operator": "at_least", "value": "old"}, "Age: Give a whole number."),
        ({"attribute": "age", "operator": "at_least", "value": ""}, "Age: Give a whole number."),
        ({"attribute": "stage", "operator": "is"}, "Stage: Choose at least one."),
        ({"attribute": "churn", "operator": "at_least", "value": "150"},
         "Churn probability: Give a share from 0 to 1."),
        ({"attribute": "monetary", "operator": "at_least", "value": "1e999"},
         "Monetary: Give a whole number."),
        ({"attribute": "city", "operator": "contains", "value": "a\x00"},
         "City: This text holds characters that cannot be stored."),
    ],
)  # fmt: skip
def test_refused_condition_says_why_in_its_place(client_as, condition, message):
    client = client_as("manager")
    response = client.post("/segments/new/", posted(condition))

    assert response.status_code == 422
    assert response.context["draft"].parts[0].error == message
    assert Segment.objects.count() == 0
    live = client.post("/segments/build/", posted(condition), headers=HTMX)
    assert live.context["preview"].refusal == message


def test_name_must_be_new_and_not_empty(client_as, other_clinic, in_clinic):
    segment("Taken")
    with in_clinic(other_clinic):
        segment("Theirs")
    client = client_as("manager")
    aged = {"attribute": "age", "operator": "at_least", "value": "30"}

    assert client.post("/segments/new/", posted(aged, name="Theirs")).status_code == 302
    taken = client.post("/segments/new/", posted(aged, name="Taken"))
    assert (taken.status_code, taken.context["name_error"]) == (
        422, "There is a segment “Taken” already. Choose another name.",
    )  # fmt: skip
    for name in ("", "   ", "x" * 121, "a\x00b"):
        assert client.post("/segments/new/", posted(aged, name=name)).status_code == 422


@pytest.mark.parametrize("key", [starter.key for starter in STARTERS])
def test_every_starter_opens_and_can_be_saved(client_as, run, key):
    client = client_as("manager")
    page = client.get("/segments/new/", {"from": key})

    assert page.status_code == 200
    assert page.context["preview"].refusal == ""
    starter = next(one for one in STARTERS if one.key == key)
    assert segment_customers(segment("Started", starter.rule)).count() == 0


def test_detail_shows_members_and_leads_to_a_campaign(client_as):
    CustomerFactory(name="Anna")
    asked = segment()
    page = client_as("manager").get(f"/segments/{asked.pk}/")

    assert [row.customer.name for row, _cells in page.context["lines"]] == ["Anna"]
    assert f'href="/campaigns/new/?segment={asked.pk}"' in page.content.decode()
    assert "/campaigns/new/" not in text_of(client_as("staff").get(f"/segments/{asked.pk}/"))


def test_members_are_looked_for_near_by_before_the_whole_order_is_walked(client_as):
    """Or a segment of the churned, in a list of the latest visits, is found at its other end."""
    asked = looked_at("Everybody", {"match": "all", "conditions": []})
    client = client_as("manager")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/segments/{asked.pk}/?sort=-last_visit")

    assert any("WITH near(id) AS MATERIALIZED" in query["sql"] for query in captured)


def test_analyst_sees_members_masked(client_as):
    ContactPointFactory(customer=CustomerFactory(), kind="phone", value="+8613800134321")
    page = client_as("analyst").get(f"/segments/{segment().pk}/")

    assert "13800134321" not in page.content.decode()
    assert "+861****21" in page.content.decode()


def test_branch_bound_member_counts_only_the_branch(client_as):
    east = BranchFactory()
    CustomerFactory(name="Anna East", home_branch=east)
    CustomerFactory(name="Elsewhere")
    asked = segment()
    client = client_as(MembershipFactory(role="manager", branch=east))

    assert text_of(client.get(f"/segments/{asked.pk}/count/")) == '<span class="num">1</span>'
    page = client.get(f"/segments/{asked.pk}/")
    assert [row.customer.name for row, _cells in page.context["lines"]] == ["Anna East"]
    assert "Elsewhere" not in page.content.decode()
    live = client.post("/segments/build/", posted(), headers=HTMX)
    assert [face.name for face in live.context["preview"].faces] == ["Anna East"]


def test_segment_in_use_stays_and_names_its_campaign(client_as, manager):
    used, free = segment("Used"), segment("Free")
    Campaign.objects.create(name="May recall", segment=used, subject="s", body="b")
    client = client_as(manager)

    kept = client.post(f"/segments/{used.pk}/delete/", follow=True)
    client.post(f"/segments/{free.pk}/delete/")

    assert "“Used” is used by the campaign “May recall” and stays." in text_of(kept)
    assert list(Segment.objects.values_list("name", flat=True)) == ["Used"]
    assert AuditEntry.objects.filter(action="segment.deleted").count() == 1


def test_foreign_segment_answers_like_an_unknown_one(client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        foreign = segment("CANARY").pk
    client = client_as("owner")
    for path in ("", "edit/", "count/"):
        for pk in (foreign, foreign + 9999, 10**30):
            answer = client.get(f"/segments/{pk}/{path}")
            assert (answer.status_code, b"CANARY" in answer.content) == (404, False)
    assert client.post(f"/segments/{foreign}/delete/").status_code == 404
    with in_clinic(other_clinic):
        assert Segment.objects.count() == 1


def test_only_leaders_change_segments(client_as):
    asked = segment()
    for role in ("staff", "analyst"):
        client = client_as(role)
        assert client.get("/segments/").status_code == 200
        assert client.get(f"/segments/{asked.pk}/").status_code == 200
        assert client.get("/segments/new/").status_code == 403
        assert client.post("/segments/build/", {}).status_code == 403
        assert client.post(f"/segments/{asked.pk}/delete/").status_code == 403


def test_rule_nobody_can_read_any_more_is_said_not_thrown(client_as):
    broken = segment("Broken", {"match": "all", "conditions": [{"attribute": "gone"}]})
    client = client_as("manager")

    for path in ("/segments/", f"/segments/{broken.pk}/", f"/segments/{broken.pk}/edit/"):
        page = client.get(path)
        assert page.status_code == 200
        assert "There is no attribute “gone”." in text_of(page)
    assert client.get(f"/segments/{broken.pk}/count/").status_code == 200


def test_slow_rule_is_stopped_and_the_page_goes_on(client_as, monkeypatch):
    asked = segment()
    CustomerFactory()

    def sleeps(_customers, **_more):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    kept = rule_limits.__wrapped__.__kwdefaults__
    monkeypatch.setitem(kept, "most_ms", 50)
    monkeypatch.setattr("segmentation.detail_views.count_and_value", sleeps)
    monkeypatch.setattr("segmentation.views.count_and_value", sleeps)
    client = client_as("manager")

    assert "This rule takes too long." in text_of(client.get(f"/segments/{asked.pk}/"))
    assert "too slow to count" in text_of(client.get(f"/segments/{asked.pk}/count/"))
    live = client.post("/segments/build/", posted(), headers=HTMX)
    assert "This rule was stopped after 1 second." in text_of(live)


def test_filters_of_the_customers_list_come_from_scores(client_as, run):
    for name, stage, r in (("Anna", "dormant", 1), ("Berta", "dormant", 5), ("Clara", "loyal", 1)):
        CustomerScore.objects.create(
            run=run, customer=CustomerFactory(name=name), stage=stage, r=r,
            stage_since_on="2026-05-01",
        )  # fmt: skip
    client = client_as("staff")

    def shown(query: str) -> list[str]:
        lines = client.get(f"/customers/?{query}").context["lines"]
        return sorted(row.customer.name for row, _cells in lines)

    assert shown("stage=dormant") == ["Anna", "Berta"]
    assert shown("stage=dormant&stage=loyal&r=1") == ["Anna", "Clara"]
    assert shown("r=5&f=1") == []


def test_profile_says_what_to_do_next(client_as, run):
    tag = TagFactory()
    customer = CustomerFactory(name="Anna")
    CustomerTag.objects.create(customer=customer, tag=tag)
    CustomerScore.objects.create(
        run=run, customer=customer, stage="dormant", stage_since_on="2026-05-01", r=1, f=2, m=5,
        churn_probability=0.71, expected_interval_days=100, last_purchase_on="2025-01-01",
    )  # fmt: skip
    page = client_as("staff").get(f"/customers/{customer.pk}/")
    text = text_of(page)

    header = page.content.decode().partition('<div class="badges')[2].partition("</div>")[0]
    assert "Likely to stay away" in header
    assert "71%" in header
    assert "days past the usual 100" in header
    assert "Call with a reason to come back." in text
    assert "days past the usual 100" in text
    assert "71%" in text
    assert "1-2-5" in text
    assert "No consent to marketing yet" in text


def test_builder_takes_an_event_and_opens_it_again(client_as):
    filler = TreatmentFactory(name="Filler")
    data = {
        "name": "Fillers", "match:": "all", "parts:": ["0", "1"],
        "attribute:0": "event.purchase", "operator:0": "at_least", "value:0": "2",
        "period:0": "between_days_ago", "from:0": "60", "until:0": "300",
        "where:0:treatment": [str(filler.pk)], "where:0:amount": "1,000.50",
        "attribute:1": "event.no_show", "operator:1": "never", "period:1": "since",
        "from:1": "2026-01-01", "until:1": "",
    }  # fmt: skip
    client = client_as("manager")
    client.post("/segments/new/", data)

    saved = Segment.objects.get()
    assert saved.rule["conditions"] == [
        {
            "event": "purchase",
            "count": {"operator": "at_least", "value": 2},
            "period": {"operator": "between_days_ago", "value": [60, 300]},
            "where": {"treatment": [filler.pk], "amount": 100_050},
        },
        {
            "event": "no_show",
            "count": {"operator": "never"},
            "period": {"operator": "since", "value": "2026-01-01"},
            "where": {},
        },
    ]
    page = client.get(f"/segments/{saved.pk}/edit/")
    first, second = page.context["draft"].parts
    assert (first.count_text, first.period_texts) == ("2", ["60", "300"])
    assert [detail.texts for detail in first.details[:3]] == [[str(filler.pk)], [], ["1000.5"]]
    assert (second.operator, second.period_texts) == ("never", ["2026-01-01", ""])
    assert text_of(page).count('<optgroup label="What happened">') == 2


def test_choosing_an_event_drops_what_was_asked_of_an_attribute(client_as):
    data = posted({"attribute": "event.visit", "was": "age", "operator": "is", "value": "30"})
    (part,) = (
        client_as("manager").post("/segments/build/", data, headers=HTMX).context["draft"].parts
    )

    assert (part.is_event, part.operator, part.count_text, part.period) == (
        True, "at_least", "1", "ever",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "error_at", "message"),
    [
        ({"value": "often"}, "count", "Purchase: Give a whole number."),
        ({"value": "1", "period": "in_last_days", "from": ""}, "period",
         "Purchase: Give a whole number."),
    ],
)  # fmt: skip
def test_refused_event_says_why_at_its_field(client_as, more, error_at, message):
    sent = {"attribute": "event.purchase", "operator": "at_least"} | more
    response = client_as("manager").post("/segments/new/", posted(sent))

    (part,) = response.context["draft"].parts
    assert (response.status_code, part.error_at, part.error) == (422, error_at, message)
    assert 'aria-describedby="error-0"' in text_of(response)


def test_refused_detail_says_why_beside_it(client_as):
    sent = posted({"attribute": "event.purchase", "operator": "at_least", "value": "1"})
    response = client_as("manager").post("/segments/new/", sent | {"where:0:amount": "much"})

    (part,) = response.context["draft"].parts
    assert part.details[2].error == "Amount of the sale: Give a whole number."


@pytest.mark.parametrize("action", ["add:", "group:"])
def test_a_new_condition_takes_the_focus(client_as, action):
    response = client_as("manager").post("/segments/build/", {"action": action}, headers=HTMX)
    assert text_of(response).count("autofocus") == 1


@pytest.mark.parametrize(("r", "f"), [(r, f) for r in range(1, 6) for f in range(1, 6)])
def test_the_rfm_groups_leave_nobody_out_and_have_nobody_twice(run, r, f):
    customer = CustomerFactory()
    CustomerScore.objects.create(
        run=run, customer=customer, stage="active", stage_since_on="2026-05-01", r=r, f=f, m=3
    )
    groups = [one for one in STARTERS if one.group == RFM]
    holding = [one.key for one in groups if customers_matching(one.rule).exists()]
    assert (len(groups), len(holding)) == (11, 1)


def looked_at(name: str, rule: dict) -> Segment:
    made = segment(name, rule)
    refresh_segment(made.pk, cause=SegmentRefresh.Cause.NIGHT, at=timezone.now())
    made.refresh_from_db()
    return made


def test_page_tells_size_value_risk_overlap_and_age(client_as, run):
    rich, poor = CustomerFactory(birth_on="1980-01-01"), CustomerFactory(birth_on="2015-01-01")
    SaleFactory(customer=rich, net_minor=123_400)
    for customer, churn in ((rich, 0.7), (poor, 0.1)):
        CustomerScore.objects.create(
            run=run, customer=customer, stage="dormant", stage_since_on="2026-05-01",
            churn_probability=churn,
        )  # fmt: skip
    aged, everybody = looked_at("Aged", AGED), looked_at("Everybody", EVERYBODY)
    client = client_as("manager")
    page = client.get(f"/segments/{everybody.pk}/")
    figures = client.get(f"/segments/{everybody.pk}/figures/")

    assert "Looked at" in text_of(page)
    assert [look.n_entered for look in page.context["looks"]] == [2]
    told = figures.context["figures"]
    assert (told.n, told.net_minor, told.n_at_risk, told.stages) == (2, 123_400, 1, {"dormant": 2})
    assert told.churn_rate == pytest.approx(0.4)
    (shared,) = figures.context["overlaps"]
    assert (shared.other, shared.n_shared, shared.of_this, shared.of_other) == (aged, 1, 0.5, 1.0)


def test_two_segments_side_by_side(client_as):
    CustomerFactory(birth_on="1980-01-01")
    CustomerFactory(birth_on="2015-01-01")
    aged, everybody = looked_at("Aged", AGED), looked_at("Everybody", EVERYBODY)
    client = client_as("analyst")
    page = client.get("/segments/compare/", {"a": everybody.pk, "b": aged.pk})

    assert [(name, figures.n) for name, figures in page.context["sides"]] == [
        ("Only in “Everybody”", 1), ("In both", 1), ("Only in “Aged”", 0),
    ]  # fmt: skip
    for query in ({}, {"a": "x"}, {"a": aged.pk, "b": aged.pk}, {"a": "9" * 400}):
        assert "sides" not in client.get("/segments/compare/", query).context
    offered = client.get("/segments/compare/").context
    assert offered["second"] == offered["segments"][1]  # not the same one twice


def test_export_is_a_job_of_the_customers_list(client_as):
    CustomerFactory(name="Anna", birth_on="1980-01-01")
    aged = looked_at("Aged", AGED)
    client = client_as("manager")
    query = client.get(f"/segments/{aged.pk}/").context["list_query"]
    lines = client.get(f"/customers/?{query}").context["lines"]
    asked = client.post("/customers/bulk/export/", {"scope": "all", "list": query})

    assert [row.customer.name for row, _cells in lines] == ["Anna"]
    assert "/customers/jobs/" in asked.headers["Location"]
    assert AuditEntry.objects.filter(action="customers.exported").exists()
    assert "/customers/bulk/export/" not in text_of(
        client_as("analyst").get(f"/segments/{aged.pk}/")
    )


def test_looking_again_is_asked_for_in_the_background(client_as):
    aged = looked_at("Aged", AGED)
    assert client_as("manager").post(f"/segments/{aged.pk}/look/").status_code == 302
    assert client_as("staff").post(f"/segments/{aged.pk}/look/").status_code == 403


def test_list_page_tells_the_kept_count_and_its_age(client_as):
    CustomerFactory()
    looked_at("Everybody", EVERYBODY)
    CustomerFactory()  # not seen yet
    page = text_of(client_as("manager").get("/segments/"))
    assert '<span class="num">1</span> <span class="meta block"><time' in page


def bought_often(n: int, name: str) -> dict:
    one = {"attribute": "frequency", "operator": "at_least", "value": "1"}
    return posted(*[one] * n, name=name)


def test_a_form_with_too_much_is_refused_and_nothing_of_it_left_out(client_as):
    client = client_as("manager")
    paths = [".".join("0" * depth) for depth in range(6)]
    deep = {f"match:{path}": "all" for path in paths} | {f"parts:{path}": "0" for path in paths}
    refused = [
        (bought_often(51, "Wide"), 422, "51 conditions are too many: at most 50."),
        (deep | {"name": "Deep"}, 422, "nested too deep"),
        ({"parts:": "x", "match:": "all", "name": "Odd"}, 400, "What was sent cannot be read"),
        (bought_often(2000, "Huge"), 400, "What was sent cannot be read"),
    ]
    for fields, status, words in refused:
        page = client.post("/segments/new/", fields)
        assert (page.status_code, words in page.content.decode()) == (status, True)
    assert not Segment.objects.exists()
    assert client.post("/segments/new/", bought_often(50, "Fits")).status_code == 302
