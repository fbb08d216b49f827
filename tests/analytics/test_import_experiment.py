"""Experiments loaded from files: what is guessed, refused, checked and said."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from analytics.exceptions import ExperimentRefused
from analytics.experiment_files.reading import read_experiment
from analytics.experiment_files.result import result_of
from analytics.experiment_files.sentences import sentences
from analytics.models import Experiment

HEADERS = "recency,history_segment,history,mens,zip_code,segment,visit,conversion,spend"
ARMS = ["Mens E-Mail", "Womens E-Mail", "No E-Mail"]


def mailing(n: int, seed: int = 1, rates=(0.18, 0.15, 0.10)) -> str:
    """A file in the shape of the public e-mail experiment of K. Hillstrom."""
    chance = np.random.default_rng(seed)
    lines = [HEADERS]
    for row in range(n):
        arm = int(chance.integers(3))
        visit = int(chance.random() < rates[arm])
        conversion = int(visit and chance.random() < 0.1)
        spend = f"{chance.lognormal(4, 1):.2f}" if conversion else "0"
        history = chance.lognormal(5, 1)
        lines.append(
            f"{chance.integers(1, 13)},{1 + int(history > 200)}) ${history:.0f},{history:.2f},"
            f"{chance.integers(2)},{['Urban', 'Rural'][row % 2]},{ARMS[arm]},"
            f"{visit},{conversion},{spend}"
        )
    return "\n".join(lines)


@pytest.fixture
def read(tmp_path):
    def make(text: str | bytes, mapping=None):
        path = tmp_path / "experiment.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_experiment(path, name=path.name, mapping=mapping)

    return make


@pytest.fixture
def run(clinic, tmp_path):
    """run(text, mapping=…, …): the command's answer, parsed."""

    def make(text: str, *, mapping=None, **options):
        path = tmp_path / "mailing.csv"
        path.write_text(text, encoding="utf-8")
        if mapping is not None:
            options["mapping"] = tmp_path / "mapping.json"
            options["mapping"].write_text(json.dumps(mapping), encoding="utf-8")
        out = StringIO()
        call_command(
            "import_experiment", path, clinic=clinic.slug, json=True, stdout=out, **options
        )
        return json.loads(out.getvalue())

    return make


def test_columns_of_a_known_file_are_guessed(read):
    chosen = read(mailing(600)).chosen

    assert chosen.arm == "segment"
    assert chosen.outcomes == ("visit", "conversion")
    assert chosen.money == ("spend",)
    assert chosen.traits == ("recency", "history_segment", "history", "mens", "zip_code")
    assert chosen.guesses[0] == "Arm: «segment»."


@pytest.mark.parametrize(
    ("text", "arm", "control", "outcomes", "money", "ignored"),
    [
        ("f0,treatment,conversion,visit,exposure\n" + "1.5,1,0,1,1\n2.5,0,0,0,0\n" * 40,
         "treatment", "0", ("conversion", "visit"), (), ("exposure",)),
        ("age,group,response_att,sale_sum_12m\n" + "30,test,1,9.5\n40,control,0,3\n" * 40,
         "group", "control", ("response_att",), (), ()),
        ("treatment_flg,target,age\n" + "1,1,20\n0,0,30\n1,0,20\n0,1,30\n" * 20,
         "treatment_flg", "0", ("target",), (), ()),
        ("分组,年龄,是否到店,消费金额\n" + "短信,30,1,880\n对照组,31,0,0\n" * 40,
         "分组", "对照组", ("是否到店",), ("消费金额",), ()),
        ("arm,x,bought\n" + "1.0,3,1\n0.0,4,0\n" * 40, "arm", "0", ("bought",), (), ()),
    ],
)  # fmt: skip
def test_other_files_are_guessed_too(read, text, arm, control, outcomes, money, ignored):
    file = read(text)

    assert (file.chosen.arm, file.control) == (arm, control)
    assert (file.chosen.outcomes, file.chosen.money) == (outcomes, money)
    assert file.chosen.ignored == ignored


def test_a_file_in_gb18030_with_semicolons_is_read(read):
    text = "分组;到店\n" + "短信;1\n对照;0\n" * 30

    file = read(text.encode("gb18030"))

    assert (file.arm_names, len(file.arm)) == (("对照", "短信"), 60)


@pytest.mark.parametrize(
    ("written", "amount"),
    [("12,5", 12.5), ("59,90", 59.9), ("1.280,50", 1280.5), ("0,125", 0.125), ("-3,20", -3.2),
     ("1,280", 1280), ("1,280.50", 1280.5), ("59.90", 59.9)],
)  # fmt: skip
def test_amounts_with_a_comma_before_the_cents_are_money(read, written, amount):
    rows = f"treated;{written};1\ncontrol;0;0\n" * 20
    mapping = {"options": {"may_be_negative": ["spend"]}}

    file = read(f"group;spend;visit\n{rows}".encode("utf-8-sig"), mapping)

    assert file.chosen.money == ("spend",)
    assert set(file.money["spend"]) == {0, amount}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("segment,visit\n" + "Mens E-Mail,1\nWomens E-Mail,0\n" * 50, "If «segment» is the arm"),
        ("segment,visit\n" + "Mens E-Mail,1\nMens E-Mail,0\n" * 50, "If «segment» is the arm"),
        ("age,visit\n" + "30,1\n40,0\n" * 50, "No column tells who was in which arm."),
    ],
)
def test_without_an_arm_it_is_said_which_column_might_be_one(read, text, says):
    assert says in read(text).chosen.guesses[0]


def test_equal_rows_are_different_people(run):
    told = run("arm,came\n" + "control,0\n" * 50 + "sms,1\n" * 50)

    assert told["rows"] == {"read": 100, "used": 100, "refused": 0, "reasons": [], "refusals": []}
    assert [(arm["name"], arm["n"]) for arm in told["arms"]] == [("control", 50), ("sms", 50)]


def test_two_arms_against_one_control_by_hand(run):
    told = run(mailing(3_000, seed=5))

    rows = [line.split(",") for line in mailing(3_000, seed=5).splitlines()[1:]]
    for arm in told["arms"]:
        mine = [row for row in rows if row[5] == arm["name"]]
        assert arm["n"] == len(mine)
        assert arm["outcomes"]["visit"]["n_hits"] == sum(row[6] == "1" for row in mine)
        assert arm["money"]["spend"]["total"] == pytest.approx(sum(float(r[8]) for r in mine))
    assert told["control"] == "No E-Mail"
    assert told["n_comparisons"] == 6
    assert {(one["arm"], one["outcome"]) for one in told["effects"]} == {
        (arm, outcome) for arm in ARMS[:2] for outcome in ("visit", "conversion", "spend")
    }
    visit = next(e for e in told["effects"] if (e["arm"], e["outcome"]) == (ARMS[0], "visit"))
    rates = {arm["name"]: arm["outcomes"]["visit"]["rate"] for arm in told["arms"]}
    assert visit["difference"] == rates[ARMS[0]] - rates["No E-Mail"]
    assert visit["joint_low"] < visit["low"] < visit["difference"] < visit["high"]
    assert visit["verdict"] == "more"
    assert told["sentences"][0].startswith("Mens E-Mail brought more: visit was ")


def test_bad_rows_are_refused_with_row_and_column(run):
    good = ["arm,came,spend"] + ["control,0,0", "sms,1,12.50"] * 50
    bad = [",1,3", "sms,2,3", "sms,,3", "sms,1,much", "sms,1,-4", "sms,1,", "smss,1,1", "sms,1"]

    told = run("\n".join(good + bad))

    assert (told["rows"]["read"], told["rows"]["used"], told["rows"]["refused"]) == (108, 100, 8)
    assert [(one["row"], one["column"], one["code"]) for one in told["rows"]["refusals"]] == [
        (102, "arm", "empty"),
        (103, "came", "not_yes_or_no"),
        (104, "came", "empty"),
        (105, "spend", "no_amount"),
        (106, "spend", "negative"),
        (107, "spend", "empty"),
        (108, "arm", "unknown_arm"),
        (109, None, "broken_row"),
    ]
    assert sum(reason["n"] for reason in told["rows"]["reasons"]) == 8


def test_arms_that_are_not_planned_are_refused(run):
    text = "arm,came\n" + "control,0\nsms,1\nmail,1\n" * 30
    mapping = {"options": {"shares": {"SMS": 1, "control": 1}}}

    told = run(text, mapping=mapping)

    assert told["rows"]["reasons"] == [{"column": "arm", "code": "unknown_arm", "n": 30}]
    assert [arm["name"] for arm in told["arms"]] == ["control", "SMS"]


def test_a_mapping_is_followed(run):
    text = "cell,before,came,net\n" + "a,5,1,-3\nb,7,0,4\na,6,0,1\nb,9,1,2\n" * 20
    mapping = {
        "columns": {"cell": "arm", "net": "money", "came": "ignore"},
        "options": {"control": "B", "may_be_negative": ["net"], "adjust_by": "before",
                    "currency": "CNY", "name": "Spring"},
    }  # fmt: skip

    told = run(text, mapping=mapping)

    assert told["experiment"]["name"] == "Spring"
    assert (told["control"], told["columns"]["outcomes"]) == ("b", [])
    assert told["columns"]["ignored"] == ["came"]
    (effect,) = told["effects"]
    assert effect["difference"] == pytest.approx(-1 - 3)
    assert effect["adjusted"]["by"] == "before"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ([], "must be an object"),
        ({"colums": {}}, "must be an object"),
        ({"columns": {"nobody": "arm"}}, "no column «nobody»"),
        ({"columns": {"arm": "group"}}, "cannot be «group»"),
        ({"columns": {"arm": "arm", "came": "arm"}}, "Only one column"),
        ({"options": {"controll": "x"}}, "«controll» is no option"),
        ({"options": {"shares": {"sms": 0}}}, "«shares» cannot be"),
        ({"options": {"control": True}}, "«control» cannot be"),
        ({"options": {"control": "nobody"}}, "Nobody is in the control arm"),
        ({"options": {"adjust_by": "nothing"}}, "no column «nothing»"),
        ({"columns": {"came": "money", "arm": "arm", "x": ["arm"]}}, "cannot be"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(read, mapping, says):
    with pytest.raises(ExperimentRefused, match=says):
        read("arm,came,x\n" + "control,0,1\nsms,1,2\n" * 30, mapping)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("arm,came\n", "no rows beneath"),
        ("arm,colour\n" + "control,red\nsms,blue\n" * 30, "No outcome was recognised"),
        ("arm,came\n" + "control,7\nsms,8\n" * 30, "No outcome was recognised"),
        ("arm,group,came\n" + "control,control,0\nsms,sms,1\n" * 30, "could be the arm"),
    ],
)
def test_a_file_that_is_no_experiment_is_refused(read, text, says):
    with pytest.raises(ExperimentRefused) as refusal:
        read(text)

    assert says.lower() in refusal.value.message.lower()


def test_every_row_refused_is_a_refusal(read):
    with pytest.raises(ExperimentRefused, match="Every one of the 60 rows was refused"):
        read("arm,came\n" + "control,5\nsms,6\n" * 30, {"columns": {"came": "outcome"}})


def test_a_broken_split_is_said_before_anything_else(read):
    text = "arm,came\n" + "control,0\n" * 400 + "sms,1\n" * 600

    result = result_of(read(text))

    assert result["split"]["is_broken"]
    assert sentences(result)[0].startswith("The arms are not equally large")
    planned = result_of(read(text, {"options": {"shares": {"control": 4, "sms": 6}}}))
    assert not planned["split"]["is_broken"]
    assert sentences(planned)[0].startswith("sms brought more")


def test_arms_that_differed_before_are_not_trusted(read):
    chance = np.random.default_rng(3)
    lines = ["arm,age,came"]
    for _ in range(800):
        age = chance.normal(40, 10)
        arm = "sms" if age + chance.normal(0, 10) > 40 else "control"
        lines.append(f"{arm},{age:.1f},{int(chance.random() < 0.2)}")

    result = result_of(read("\n".join(lines)))

    assert result["balance"]["is_broken"]
    assert result["balance"]["differences"][0]["trait"] == "age"
    assert any("differed before" in sentence for sentence in sentences(result))


def test_without_a_control_group_there_is_no_effect(run):
    """The shape of the public file on missed appointments: who was texted was not drawn."""
    text = "PatientId,Age,SMS_received,No-show\n" + "".join(
        f"{row},{20 + row % 50},{row % 3 == 0:d},{'Yes' if row % 5 == 0 else 'No'}\n"
        for row in range(300)
    )

    told = run(text)

    assert told["columns"]["arm"] is None
    assert told["no_effect_because"] == "no_arm"
    assert told["effects"] == told["between_arms"] == []
    assert told["arms"][0]["outcomes"]["No-show"]["n_hits"] == 60
    assert "«SMS_received» says what happened to people" in told["sentences"][0]
    assert "far off" in told["sentences"][0]


@pytest.mark.parametrize(
    ("text", "mapping", "code"),
    [
        ("arm,came\n" + "sms,1\nsms,0\n" * 30, {"columns": {"arm": "arm"}}, "one_arm"),
        ("arm,came\n" + "mail,1\nsms,0\n" * 30, None, "no_control"),
        ("arm,came\n" + "control,1\nsms,0\n" * 30, {"options": {"control": None}}, "no_control"),
        ("arm,came\n" + "0,1\n1,0\n" * 30, {"options": {"randomised": False}}, "not_randomised"),
        (
            "SMS_received,came\n" + "0,1\n1,0\n" * 30,
            {"columns": {"SMS_received": "arm"}, "options": {"control": 0}},
            "not_randomised",
        ),
    ],
)
def test_why_no_effect_can_be_told(run, text, mapping, code):
    told = run(text, mapping=mapping)

    assert (told["no_effect_because"], told["effects"]) == (code, [])
    assert told["sentences"][0].startswith("No effect can be told")
    assert bool(told["between_arms"]) == (code == "no_control")


def test_no_winner_is_named_that_the_data_do_not_support(run):
    close = run(mailing(1_500, rates=(0.15, 0.15, 0.14)))
    clear = run(mailing(6_000, rates=(0.4, 0.2, 0.1)))

    assert close["winners"]["visit"] is None
    assert clear["winners"]["visit"] == "Mens E-Mail"


def test_the_same_file_is_known_again(run):
    first = run(mailing(300))
    again = run(mailing(300))
    other = run(mailing(300), mapping={"columns": {"visit": "outcome"}})

    assert [told["experiment"]["status"] for told in (first, again, other)] == [
        "imported", "unchanged", "replaced",
    ]  # fmt: skip
    assert len({told["experiment"]["id"] for told in (first, again, other)}) == 1
    assert Experiment.objects.get().result["columns"]["outcomes"] == ["visit"]


def test_a_file_that_is_read_better_than_it_was_replaces_what_was_kept(run):
    text = mailing(300)
    run(text)
    kept = Experiment.objects.get()
    kept.result["columns"]["money"] = []
    kept.save()

    again = run(text)

    assert again["experiment"]["status"] == "replaced"
    assert run(text)["experiment"]["status"] == "unchanged"
    assert Experiment.objects.get().result["columns"]["money"] == ["spend"]


def test_the_answer_does_not_depend_on_the_order_of_rows(read):
    lines = mailing(900).splitlines()
    shuffled = [lines[0], *np.random.default_rng(1).permutation(lines[1:]).tolist()]

    first, second = result_of(read("\n".join(lines))), result_of(read("\n".join(shuffled)))

    assert first["effects"][0]["p_value"] == second["effects"][0]["p_value"]
    assert (
        first["arms"][0]["money"]["spend"]["total"]
        == (second["arms"][0]["money"]["spend"]["total"])
    )


def test_people_are_told_in_a_table(clinic, tmp_path):
    path, errors, out = tmp_path / "m.csv", tmp_path / "errors.csv", StringIO()
    path.write_text(mailing(600) + "\n1,1,1,1,Urban,No E-Mail,2,0,0", encoding="utf-8")

    call_command("import_experiment", path, clinic=clinic.slug, errors=errors, stdout=out)

    said = out.getvalue()
    assert "601 rows read, 600 used, 1 refused" in said
    assert "row 602, column «visit»: «2»: neither 0 nor 1" in said
    assert "Control: «No E-Mail»" in said
    assert "Split against equal shares: fits" in said
    assert errors.read_text(encoding="utf-8-sig").splitlines()[1].startswith("602,visit,2,")


def test_a_refusal_is_json_for_machines_too(clinic, tmp_path):
    out = StringIO()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command(
            "import_experiment", tmp_path / "none.csv", clinic=clinic.slug, json=True, stdout=out
        )

    assert json.loads(out.getvalue())["error"]["code"] == "experiment_refused"


def test_another_clinic_may_load_the_same_file(run, clinic, other_clinic, in_clinic, tmp_path):
    run(mailing(300))
    with in_clinic(other_clinic):
        assert not Experiment.objects.exists()
        call_command(
            "import_experiment", tmp_path / "mailing.csv", clinic=other_clinic.slug,
            stdout=StringIO(),
        )  # fmt: skip
        assert Experiment.objects.count() == 1


def test_no_row_of_a_person_is_kept(run):
    run("arm,came,name\n" + "control,0,Ann Lee\nsms,1,Bo Li\n" * 60 + "sms,9,Secret Person\n")

    kept = json.dumps(Experiment.objects.values().get(), default=str)

    assert "Secret Person" not in kept
