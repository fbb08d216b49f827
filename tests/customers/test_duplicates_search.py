"""The finder over a clinic's customers: the queue, the file, what is never asked again."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from clinic_crm.simulator.lookalikes import lookalikes
from customers.models import Customer, DuplicatePair, DuplicateRules, Merge
from customers.services.duplicates import (
    call_different,
    merge_certain,
    reopen,
    search_all,
    search_changed,
)
from customers.services.duplicates.nights import is_due, search_tonight
from customers.services.intake import CustomerRecord, upsert_customers
from tenancy.exceptions import DomainError
from tests.conftest import outside_scope

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
NIGHT = datetime(2026, 5, 1, 18, 30, tzinfo=UTC)  # half past two in Shanghai


def take_in(*records: CustomerRecord) -> None:
    outcomes = upsert_customers(source="file", records=records, at=NOON, door="file")
    assert {outcome.state for outcome in outcomes} == {"created"}


def a_record(external_id: str, name: str, **more) -> CustomerRecord:
    if "phone" in more:
        more["phones"] = (more.pop("phone"),)
    return CustomerRecord(external_id, name=name, **more)


@pytest.fixture
def a_clinic_with_twins(clinic):
    """One person twice, a family on one phone, twins, namesakes, and strangers."""
    born = date(1990, 3, 5)
    take_in(
        a_record("A1", "王静怡", phone="13812340001", birth_on=born, gender="female"),
        a_record("A2", "王靜怡（VIP）", phone="13812340001", birth_on=born),
        a_record("F1", "王建国", phone="13812340001", birth_on=date(1960, 1, 1), gender="male"),
        a_record("T1", "李雨桐", phone="13812340002", birth_on=date(2001, 7, 8)),
        a_record("T2", "李思远", phone="13812340002", birth_on=date(2001, 7, 8)),
        a_record("N1", "张丽", phone="13812340003", birth_on=date(1980, 2, 2)),
        a_record("N2", "张丽", phone="13812340004", birth_on=date(1995, 9, 9)),
        *(
            a_record(f"S{n}", record.name, phone=record.phone, birth_on=record.birth_on)
            for n, record in enumerate(lookalikes("zh", 60, seed=5))
            if record.kind == "original" and record.phone
        ),
    )
    return clinic


def named(pair: DuplicatePair) -> tuple[str, str]:
    return pair.first.name, pair.second.name


def test_one_person_is_found_and_lookalikes_are_not(a_clinic_with_twins):
    search_all(at=NOON)
    pairs = {named(pair): pair for pair in DuplicatePair.objects.all()}
    found = pairs["王静怡", "王靜怡（VIP）"]
    assert found.decision == "merge"
    assert {"same_name", "same_phone", "same_birthday"} <= set(found.reasons)
    for one, other in (("王静怡", "王建国"), ("李雨桐", "李思远"), ("张丽", "张丽")):
        assert (one, other) not in pairs


def test_searching_again_changes_nothing(a_clinic_with_twins):
    search_all(at=NOON)
    before = list(DuplicatePair.objects.order_by("pk").values())
    searched = search_all(at=NOON + timedelta(days=1))
    assert searched.n_new == 0
    assert list(DuplicatePair.objects.order_by("pk").values()) == before


def test_what_was_called_different_is_never_asked_again(a_clinic_with_twins, owner):
    search_all(at=NOON)
    pair = DuplicatePair.objects.order_by("-score").first()
    call_different(pair_id=pair.pk, by=owner, at=NOON)

    search_all(at=NOON)
    merge_certain(at=NOON)

    pair.refresh_from_db()
    assert pair.state == "different"
    with pytest.raises(DomainError) as caught:
        call_different(pair_id=pair.pk, by=owner, at=NOON)
    assert caught.value.code == "pair_settled"
    assert reopen(pair_id=pair.pk, by=owner).state == "open"


def test_a_pair_that_is_no_longer_alike_leaves_the_queue(a_clinic_with_twins):
    search_all(at=NOON)
    Customer.objects.filter(name="王靜怡（VIP）").update(
        name="赵敏", birth_on=date(1970, 1, 1), gender="male"
    )
    search_all(at=NOON)
    assert ("王静怡", "赵敏") not in {named(pair) for pair in DuplicatePair.objects.all()}


def test_a_new_record_is_compared_when_it_comes(a_clinic_with_twins):
    search_all(at=NOON)
    Customer.objects.update(updated_at=NOON - timedelta(days=2))
    take_in(a_record("A3", "Wang Jingyi", phone="138 1234 0001", birth_on=date(1990, 3, 5)))
    Customer.objects.filter(name="Wang Jingyi").update(updated_at=NOON)

    searched = search_changed(since=NOON - timedelta(minutes=1), at=NOON)

    assert searched.n_new == 2
    new = {named(pair) for pair in DuplicatePair.objects.all()}
    assert {("王静怡", "Wang Jingyi"), ("王靜怡（VIP）", "Wang Jingyi")} <= new


def test_certain_pairs_are_merged_by_themselves_only_where_that_is_on(a_clinic_with_twins):
    search_tonight(a_clinic_with_twins, at=NIGHT)
    assert not Merge.objects.exists()

    DuplicateRules.objects.update(merges_by_itself=True)
    search_tonight(a_clinic_with_twins, at=NIGHT + timedelta(days=1))
    made = Merge.objects.get()
    assert (made.survivor.name, made.merged.name, made.is_automatic) == (
        "王静怡",
        "王靜怡（VIP）",
        True,
    )


def test_a_night_is_searched_once(a_clinic_with_twins):
    assert not is_due(a_clinic_with_twins, at=NOON)
    assert is_due(a_clinic_with_twins, at=NIGHT)
    assert search_tonight(a_clinic_with_twins, at=NIGHT) is not None
    assert not is_due(a_clinic_with_twins, at=NIGHT)
    assert search_tonight(a_clinic_with_twins, at=NIGHT) is None


def test_the_command_writes_the_pairs(a_clinic_with_twins, tmp_path, capsys):
    path = tmp_path / "pairs.csv"
    with outside_scope():
        call_command("find_duplicates", clinic="north", out=path)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["external_id_a", "external_id_b", "score", "decision", "reasons"]
    certain = [(r["external_id_a"], r["external_id_b"]) for r in rows if r["decision"] == "merge"]
    assert certain == [("A1", "A2")]
    assert "customers compared: 1 certain" in capsys.readouterr().out


def test_a_clinic_of_nobody_has_no_pairs(clinic):
    assert search_all(at=NOON).pairs == []
