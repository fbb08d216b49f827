"""From people to the records a clinic keeps of them, some people being kept twice."""

from dataclasses import dataclass

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.history import Visits
from clinic_crm.simulator.names import Names, draw_names, full_names, slip
from clinic_crm.simulator.people import Persons
from clinic_crm.simulator.phone_numbers import as_typed, phone_pool
from clinic_crm.simulator.randomness import pick, stream
from clinic_crm.simulator.seasons import Clock
from clinic_crm.simulator.tables import Customers

_SLIP_WEIGHTS = {"same_name": 0.4, "typo": 0.3, "nickname": 0.18, "swapped": 0.12}
_DOMAINS = np.array(["example.com", "example.net", "example.org"])
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True, eq=False)
class Records:
    """Which person stands behind each record.

    second_day: one a person, the day of the second record; beyond every day when there is none.
    """

    person: np.ndarray  # one a record
    created_day: np.ndarray
    is_second: np.ndarray
    first_row: np.ndarray  # one a person
    second_row: np.ndarray  # one a person, −1
    second_day: np.ndarray

    def row_at(self, person: np.ndarray, day: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """The record that a visit goes to: after a second one was opened, mostly that one."""
        opened = day == self.second_day[person]
        newer = opened | ((day > self.second_day[person]) & (draws < 0.7))
        return np.where(newer, self.second_row[person], self.first_row[person])


def lay_out(
    config: ClinicConfig, clock: Clock, persons: Persons, visits: Visits, seed: int
) -> Records:
    """Choose who is kept twice and from which day; records stand in order of their creation."""
    count = len(persons)
    rng = stream(seed, "duplicates")
    twice = np.sort(rng.permutation(count)[: max(config.n_customers - count, 0)])
    second_day = np.full(count, np.iinfo(np.int64).max)
    second_day[twice] = _second_days(clock, persons, visits, twice, rng)
    person = np.concatenate([np.arange(count), twice])
    created_day = np.concatenate([persons.created_day, second_day[twice]])
    is_second = np.arange(len(person)) >= count
    order = np.argsort(created_day, kind="stable")
    rows = np.empty(len(person), dtype=np.int64)
    rows[order] = np.arange(len(person))
    second_row = np.full(count, -1)
    second_row[twice] = rows[count:]
    return Records(
        person=person[order],
        created_day=created_day[order],
        is_second=is_second[order],
        first_row=rows[:count],
        second_row=second_row,
        second_day=second_day,
    )


def write_customers(
    config: ClinicConfig,
    clock: Clock,
    persons: Persons,
    visits: Visits,
    records: Records,
    seed: int,
) -> Customers:
    """The customer table."""
    rng = stream(seed, "records")
    who, rows = records.person, len(records.person)
    names, number, district = _identities(config, persons, stream(seed, "identities"))
    family, given, number = _second_spelling(config, persons, records, names, number, seed)
    gender = np.where(persons.is_female[who], "female", "male")
    birth_on = _births(config, clock, persons, rng)[who]
    email = _emails(config, names, rng)[who]
    known_again = rng.random((2, rows)) < 0.55
    birth_on = np.where(records.is_second & ~known_again[0], NO_DAY, birth_on)
    email = np.where(records.is_second & ~known_again[1], "", email)
    source, referrer = _sources(config, persons, visits, records, rng)
    phone = as_typed(config, number, rng)
    created_on = clock.date_of(records.created_day)
    email_consent = (rng.random(rows) < config.email_consent_share) & (email != "")
    sms_consent = (rng.random(rows) < config.sms_consent_share) & (phone != "")
    places = np.array([name.split(" ") for name, _ in config.districts])[district[who]]
    places = np.where(places == "-", "", places)
    return Customers(
        external_id=_external_ids(config, rows),
        name=full_names(config.language, family, given),
        family_name=family,
        given_name=given,
        gender=gender,
        birth_on=birth_on,
        phone=phone,
        email=email,
        city=places[:, 0].copy(),
        district=places[:, 1].copy(),
        occupation=_occupations(config, len(persons), rng)[who],
        source=source,
        branch=persons.branch[who],
        consultant=persons.consultant[who],
        referrer=referrer,
        created_on=created_on,
        email_consent=email_consent,
        email_consent_on=np.where(email_consent, created_on, NO_DAY),
        sms_consent=sms_consent,
        sms_consent_on=np.where(sms_consent, created_on, NO_DAY),
        tags=_tags(config, len(persons), rng)[who],
    )


def _second_days(clock: Clock, persons: Persons, visits: Visits, twice, rng) -> np.ndarray:
    """On a later visit where there is one, else within two months of the first contact."""
    order = np.lexsort((visits.day, visits.person))
    ends = np.searchsorted(visits.person[order], twice, side="right")
    n_later = ends - np.searchsorted(visits.person[order], twice, side="left") - 1
    draws = rng.random((2, len(twice)))
    back = np.floor(draws[0] * n_later).astype(int)
    has_later = n_later > 0
    later = np.zeros(len(twice), dtype=np.int64)
    later[has_later] = visits.day[order][(ends - 1 - back)[has_later]]
    unbound = np.minimum(
        persons.created_day[twice] + 1 + (60 * draws[1]).astype(int), clock.until_day
    )
    return np.where(has_later, later, unbound)


def _identities(
    config: ClinicConfig, persons: Persons, rng
) -> tuple[Names, np.ndarray, np.ndarray]:
    """Names, numbers and districts; relatives share the number, mostly the name, and the home."""
    count = len(persons)
    names = draw_names(config.language, persons.is_female, rng)
    number = phone_pool(config.language, 2 * count, rng)  # the second half: later numbers
    district = pick(rng.random(count), np.array([weight for _, weight in config.districts]))
    n_pairs = round(count * config.family_phone_share / 2)
    one, other = rng.permutation(count)[: 2 * n_pairs].reshape(2, n_pairs)
    number[other], district[other] = number[one], district[one]
    same_name = rng.random(n_pairs) < 0.55
    for column in (names.family, names.family_latin):
        column[other] = np.where(same_name, column[one], column[other])
    return names, number, district


def _second_spelling(config, persons: Persons, records: Records, names: Names, number, seed: int):
    """Family, given name and number per record; second records carry a slip or a new number."""
    who, count = records.person, len(persons)
    family, given = names.family[who].tolist(), names.given[who].tolist()
    numbers = number[:count][who]
    rng = stream(seed, "slips")
    kinds = list(_SLIP_WEIGHTS)
    chosen = pick(rng.random(len(who)), np.array(list(_SLIP_WEIGHTS.values())))
    new_number = rng.random(len(who)) < 0.5
    for row in np.flatnonzero(records.is_second).tolist():
        kind = kinds[chosen[row]]
        if kind == "same_name" or (kind == "nickname" and new_number[row]):
            numbers[row] = number[count + who[row]]
        if kind != "same_name":
            gender = "female" if persons.is_female[who[row]] else "male"
            family[row], given[row] = slip(config.language, kind, family[row], given[row], gender)
    return np.array(family), np.array(given), numbers


def _births(config: ClinicConfig, clock: Clock, persons: Persons, rng) -> np.ndarray:
    """Age at first contact: 18 or more, right-skewed around the mean age."""
    count = len(persons)
    age_years = 18 + (config.mean_age - 18) / 3 * rng.standard_gamma(3.0, count)
    days = persons.created_day - (np.minimum(age_years, 85) * 365.25).astype(np.int64)
    missing = rng.random(count) < config.birth_missing_share
    return np.where(missing, NO_DAY, clock.date_of(days))


def _emails(config: ClinicConfig, names: Names, rng) -> np.ndarray:
    """Unique per person, at domains that belong to nobody."""
    count = len(names.family)
    serial = np.char.mod("%d", rng.permutation(count) + 10)
    local = np.char.add(np.char.add(names.given_latin, "."), names.family_latin)
    domain = _DOMAINS[(rng.random(count) * len(_DOMAINS)).astype(int)]
    address = np.char.add(np.char.add(np.char.add(local, serial), "@"), domain)
    return np.where(rng.random(count) < config.email_share, address, "")


def _sources(config: ClinicConfig, persons: Persons, visits: Visits, records: Records, rng):
    """Where people heard of the clinic; referred ones by somebody who had been there before."""
    count = len(persons)
    labels = np.array([name for name, _ in config.sources])
    source = labels[pick(rng.random(count), np.array([weight for _, weight in config.sources]))]
    first_day = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first_day, visits.person, visits.day)
    by_first_day = np.argsort(first_day, kind="stable")
    n_before = np.searchsorted(first_day[by_first_day], persons.created_day, side="left")
    chosen = by_first_day[np.floor(rng.random(count) * n_before).astype(int)]
    referred = (source == config.referral_source) & (n_before > 0)
    unreferred = labels[labels != config.referral_source][0]
    source = np.where((source == config.referral_source) & ~referred, unreferred, source)
    referrer = np.where(referred, records.first_row[chosen], -1)
    return source[records.person], referrer[records.person]


def _occupations(config: ClinicConfig, count: int, rng) -> np.ndarray:
    labels = np.array([name if name != "-" else "" for name, _ in config.occupations])
    return labels[pick(rng.random(count), np.array([weight for _, weight in config.occupations]))]


def _tags(config: ClinicConfig, count: int, rng) -> np.ndarray:
    joined = np.full(count, "")
    for tag, rate in config.tags:
        joined = np.char.add(joined, np.where(rng.random(count) < rate, f"{tag}|", ""))
    return np.char.rstrip(joined, "|")


def _external_ids(config: ClinicConfig, count: int) -> np.ndarray:
    return np.char.add(config.external_id_prefix, np.char.mod("%06d", np.arange(1, count + 1)))
