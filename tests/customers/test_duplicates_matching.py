"""The arithmetic on people it was not made with, and on the real files where they are at hand."""

import csv
from collections import defaultdict
from datetime import date
from itertools import combinations

import numpy as np
import pytest

from clinic_crm.simulator.lookalikes import lookalikes
from customers.files.cells.dates import read_date
from customers.files.cells.phones import read_phones
from customers.files.refusals import CellRefused
from customers.matching import People, find_pairs
from customers.matching.deciding import MERGE, REVIEW
from customers.matching.names import FEMALE, MALE, read_name


def measured(people: People, persons: list) -> tuple[float, float, int, float]:
    """(precision, recall, number merged by itself, their precision)."""
    found = find_pairs(people)
    groups = defaultdict(list)
    for row, person in enumerate(persons):
        groups[person].append(row)
    truth = {pair for rows in groups.values() for pair in combinations(rows, 2)}
    pairs = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    certain = {
        (a, b)
        for a, b, decision in zip(
            found.a.tolist(), found.b.tolist(), found.decision.tolist(), strict=True
        )
        if decision == MERGE
    }
    right = len(certain & truth) / max(len(certain), 1)
    return len(pairs & truth) / len(pairs), len(pairs & truth) / len(truth), len(certain), right


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(
    ("language", "n_people", "seed", "least"),
    [
        ("zh", 2_000, 21, 0.92),
        ("zh", 2_000, 22, 0.92),
        ("en", 800, 21, 0.92),
        ("en", 800, 22, 0.92),
    ],
)
def test_damaged_lists_are_put_together(language, n_people, seed, least):
    records = lookalikes(language, n_people, seed=seed)
    people = People(
        names=[one.name for one in records],
        births=[one.birth_on for one in records],
        genders=[one.gender for one in records],
        phones=[[one.phone] if one.phone else [] for one in records],
        addresses=[one.address for one in records],
        cities=[one.city for one in records],
    )
    precision, recall, n_certain, right = measured(people, [one.person for one in records])
    assert f1(precision, recall) >= least
    assert n_certain > 20
    assert right >= 0.999


def a_day(text: str) -> date | None:
    try:
        return read_date(text, day_first=True).value
    except CellRefused:
        return None


def test_febrl_by_names_birthday_and_address_alone(shared_data):
    with (shared_data / "duplicates" / "febrl1.csv").open() as file:
        rows = [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(file)]
    rows = [row for row in rows if row["given_name"] or row["surname"]]
    people = People(
        names=[f"{row['given_name']} {row['surname']}".strip() for row in rows],
        births=[a_day(row["date_of_birth"]) for row in rows],
        addresses=[row["address_1"] for row in rows],
        cities=[row["suburb"] for row in rows],
    )
    precision, recall, n_certain, right = measured(
        people, [row["rec_id"].split("-")[1] for row in rows]
    )
    assert f1(precision, recall) >= 0.98
    assert n_certain > 100
    assert right == 1.0


def test_a_list_with_half_of_the_values_missing(shared_data):
    """Names of one part only, birthdays off by a month or ten years, e-mails with wrong letters."""
    with (shared_data / "duplicates" / "fake_1000.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["first_name"] or row["surname"]]
    people = People(
        names=[f"{row['first_name']} {row['surname']}".strip() for row in rows],
        births=[a_day(row["dob"]) for row in rows],
        emails=[[row["email"]] if row["email"] else [] for row in rows],
        cities=[row["city"] for row in rows],
    )
    precision, recall, n_certain, right = measured(people, [row["cluster"] for row in rows])
    assert f1(precision, recall) >= 0.95
    assert n_certain > 50
    assert right == 1.0


def test_a_chinese_list_with_families_twins_and_namesakes(shared_data):
    folder = shared_data / "customers"
    with (folder / "zh_customers.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with (folder / "zh_customers_truth.csv").open(encoding="utf-8-sig") as file:
        person = {row["id"]: row["pid"] for row in csv.DictReader(file)}
    phones = []
    for row in rows:
        try:
            phones.append([phone.e164 for phone in read_phones(row["手机"]).value or ()])
        except CellRefused:
            phones.append([])
    people = People(
        names=[row["姓名"].strip() for row in rows],
        births=[a_day(row["生日"]) for row in rows],
        genders=[{"女": "female", "男": "male"}.get(row["性别"], "") for row in rows],
        phones=phones,
    )
    precision, recall, n_certain, right = measured(people, [person[row["id"]] for row in rows])
    assert f1(precision, recall) >= 0.95
    assert n_certain > 10
    assert right == 1.0


def test_the_order_of_the_people_changes_nothing():
    records = lookalikes("zh", 150, seed=3)

    def found_in(rows: list) -> set[frozenset[int]]:
        people = People(
            names=[records[row].name for row in rows],
            births=[records[row].birth_on for row in rows],
            phones=[[records[row].phone] if records[row].phone else [] for row in rows],
        )
        found = find_pairs(people)
        pairs = zip(found.a.tolist(), found.b.tolist(), strict=True)
        return {frozenset((rows[a], rows[b])) for a, b in pairs}

    straight = list(range(len(records)))
    assert found_in(straight) == found_in(straight[::-1])


@pytest.mark.parametrize(
    ("written", "family", "given", "gender"),
    [
        ("王小明", "王", "小明", 0),
        (" 王\u3000小明 ", "王", "小明", 0),
        ("歐陽娟環", "欧阳", "娟环", 0),
        ("陈女士", "陈", "", FEMALE),
        ("欧阳小姐", "欧阳", "", FEMALE),
        ("何总", "何", "", 0),
        ("小王", "王", "", 0),
        ("李先生", "李", "", MALE),
        ("王丽姐", "王", "丽姐", 0),
        ("朱珠爱（VIP）", "朱", "珠爱", 0),
        ("张涛晨-老客", "张", "涛晨", 0),
        ("Amy 王小明", "王", "小明", 0),
        ("Mr. John Smith", "smith", "john", MALE),
        ("Smith, John", "smith", "john", 0),
        ("José  García", "garcia", "jose", 0),
        ("O'Brien", "obrien", "", 0),
        ("🌸", "", "", 0),
        ("𠮷", "𠮷", "", 0),
    ],
)
def test_names_are_read_as_the_desk_wrote_them(written, family, given, gender):
    name = read_name(written)
    assert (name.family, name.given, name.gender) == (family, given, gender)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王小明", "Wang Xiaoming"),
        ("王小明", "Xiaoming Wang"),
        ("单乐", "Shan Yue"),
        ("单乐", "Shan Le"),
        ("王小明", "小明王"),
        ("王璐", "王露"),
        ("Katherine Smith", "Smith Katherine"),
        ("Katherine Smith", "Kathrine Smith"),
        ("Mary Ann Lee", "Maryann Lee"),
    ],
)
def test_spellings_of_one_name_find_each_other(one, other):
    strangers = [record.name for record in lookalikes("zh", 80, seed=9)]
    born = date(1991, 4, 17)
    people = People(
        names=[one, other, *strangers],
        births=[born, born, *[date(1970, 1, 1 + n % 28) for n in range(len(strangers))]],
        phones=[["+8613900000001"]] * 2 + [[f"+86137000{n:05d}"] for n in range(len(strangers))],
    )
    found = find_pairs(people)
    assert (0, 1) in set(zip(found.a.tolist(), found.b.tolist(), strict=True))


def test_a_shared_phone_alone_never_merges():
    names = ["王建国", "李秀英", "王静怡", "王女士"]
    people = People(names=names, phones=[["+8613900000001"]] * 4)
    assert not np.any(find_pairs(people).decision == MERGE)


@pytest.mark.parametrize(
    "other", ["杨宝喜", "Yang Baoxi", "Bao Xi Yang", "杨宝喜（VIP）", "楊寶喜", "杨珠平"]
)
def test_siblings_with_a_sign_in_common_are_two_people(other):
    """Twins: one phone, one birthday, one family name, and half of the given name."""
    found = find_pairs(
        People(
            names=["杨宝平", other],
            births=[date(1990, 7, 22)] * 2,
            phones=[["+8613021312872"]] * 2,
        )
    )
    assert len(found.a) == 0


@pytest.mark.parametrize(
    "other", ["杨宝苹", "杨宝瓶", "杨葆平", "杨宝品", "杨平", "Yang Baoping", "Amy Yang"]
)
def test_a_slip_in_one_sign_is_still_that_person(other):
    found = find_pairs(
        People(
            names=["杨宝平", other],
            births=[date(1990, 7, 22)] * 2,
            phones=[["+8613021312872"]] * 2,
        )
    )
    assert found.decision.tolist() == [REVIEW]


def test_a_third_record_joins_two_birthdays_with_slips():
    """Robert Allen stands there three times, and each time another digit of his birthday is off."""
    others = lookalikes("en", 200, seed=5)
    names = ["robert allenby", "robert allenby", "robert allenby", *(one.name for one in others)]
    births = [date(1971, 6, 24), date(1971, 6, 25), date(1972, 6, 25)]
    found = find_pairs(
        People(
            names=names,
            births=births + [one.birth_on for one in others],
            emails=[["rallenby@smith.net"], ["rallenby@smith.net"], []] + [[]] * len(others),
        )
    )
    pairs = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert {(0, 1), (1, 2), (0, 2)} <= pairs


@pytest.mark.parametrize(("city", "is_joined"), [("Leeds", True), ("", True), ("York", False)])
def test_a_third_record_joins_one_with_half_a_name_where_the_city_agrees(city, is_joined):
    """Each is like the second: one by one e-mail, one by another."""
    others = lookalikes("en", 200, seed=5)
    first, second = "m.allenby@smith.net", "mia77@jones.net"
    found = find_pairs(
        People(
            names=["mia allenby", "mia allenby", "allenby", *(one.name for one in others)],
            births=[date(1971, 6, 24), date(1981, 6, 24), date(1981, 7, 23)]
            + [one.birth_on for one in others],
            emails=[[first], [first, second], [second]] + [[]] * len(others),
            cities=["Leeds", "Leeds", city, *(one.city for one in others)],
        )
    )
    pairs = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert {(0, 1), (1, 2)} <= pairs
    assert ((0, 2) in pairs) == is_joined
