import json

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer, ImportFile, Sale

CUSTOMERS = "id,name,birthday\nC1,Ann,1990-03-05\nC2,Bea,31/31/1990\n"


@pytest.fixture
def run(clinic, tmp_path, capsys):
    def go(content: str, *arguments: str) -> tuple[str, str]:
        path = tmp_path / "file.csv"
        path.write_text(content, encoding="utf-8")
        call_command("import_file", "--clinic", clinic.slug, str(path), *arguments)
        return capsys.readouterr()

    return go


def test_import_prints_one_line_of_what_was_done(run, tmp_path):
    errors = tmp_path / "errors.csv"

    out, err = run(CUSTOMERS, "--kind", "customers", "--errors", str(errors))

    assert out == ("Customers: 1 created, 0 updated, 0 unchanged. 1 of 2 rows refused.\n")
    assert "2 of 2 rows" in err
    assert "C2,Bea,31/31/1990,3,birthday," in errors.read_text(encoding="utf-8-sig")


def test_dry_run_keeps_nothing(run):
    out, _err = run(CUSTOMERS, "--kind", "customers", "--dry-run")

    assert out.startswith("Customers: 1 to create")
    assert (Customer.objects.count(), ImportFile.objects.count()) == (0, 0)


def test_mapping_and_source_are_taken_from_the_call(run, tmp_path):
    mapping = tmp_path / "mapping.json"
    mapping.write_text(
        json.dumps(
            {
                "columns": {"A": "external_id", "B": "customer_external_id", "C": "occurred_at",
                            "D": "line_net"},
                "options": {"day_first": True},
            }
        )
    )  # fmt: skip

    run("A,B,C,D\nS1,C1,03/04/2026,10\n", "--kind", "sales", "--mapping", str(mapping),
        "--source", "till", "--unknown-customers", "create")  # fmt: skip

    sale = Sale.objects.get()
    assert (sale.source, sale.occurred_on.isoformat()) == ("till", "2026-04-03")


@pytest.mark.parametrize(
    ("content", "arguments", "reason"),
    [
        ("", ["--kind", "customers"], "The file is empty"),
        ("a,b\nx,y\n", ["--kind", "sales"], "No column of the file is mapped"),
    ],
)
def test_file_refused_as_a_whole_ends_with_the_reason(run, content, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        run(content, *arguments)


def test_mapping_that_is_no_json_is_refused(run, tmp_path):
    broken = tmp_path / "mapping.json"
    broken.write_text("{")

    with pytest.raises(CommandError, match="no JSON"):
        run(CUSTOMERS, "--kind", "customers", "--mapping", str(broken))


def test_file_that_is_not_there_is_named(clinic, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_file", "--clinic", clinic.slug, str(tmp_path / "no.csv"),
                     "--kind", "customers")  # fmt: skip
