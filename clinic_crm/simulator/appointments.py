"""The diary: what was booked, who came, who did not, and what stands in it for the next weeks."""

from dataclasses import dataclass

import numpy as np

from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.history import NEVER_BOUGHT, ONE_OFF, STAYS, History
from clinic_crm.simulator.people import Persons
from clinic_crm.simulator.randomness import stream
from clinic_crm.simulator.records import Records
from clinic_crm.simulator.seasons import Clock
from clinic_crm.simulator.tables import Appointments, Table

BOOKED_AHEAD_DAYS = 28
STATUSES = np.array(["attended", "no_show", "cancelled", "booked"])
ATTENDED, NO_SHOW, CANCELLED, BOOKED = range(4)


@dataclass(frozen=True, eq=False)
class _Entries(Table):
    person: np.ndarray
    day: np.ndarray
    treatment: np.ndarray
    consultant: np.ndarray
    status: np.ndarray
    waiting_minutes: np.ndarray
    visit: np.ndarray  # row of Visits, −1


def write_diary(
    config: ClinicConfig,
    clock: Clock,
    persons: Persons,
    history: History,
    records: Records,
    row_of_visit: np.ndarray,
    seed: int,
) -> tuple[Appointments, np.ndarray, np.ndarray]:
    """The appointments, the appointment row of each visit (−1 for walk-ins), and its start."""
    rng = stream(seed, "diary")
    parts = (
        _attended(config, history, rng),
        _missed(config, clock, persons, history, rng),
        _consultations(config, clock, persons, history, rng),
        _after_leaving(clock, persons, history, rng),
        _ahead(clock, persons, history, rng),
    )
    entries, starts_at = _in_order(clock, _Entries.stacked(parts), rng)
    lead = (14 * rng.random(len(entries)) ** 2).astype(np.int64)
    first_day = persons.created_day[entries.person]
    booked_day = np.clip(entries.day - lead, first_day, clock.until_day)
    rows = records.row_at(entries.person, booked_day, rng.random(len(entries)))
    came = entries.visit >= 0
    rows[came] = row_of_visit[entries.visit[came]]
    booked_day = np.maximum(booked_day, records.created_day[rows])
    appointment_of_visit = np.full(len(history.visits), -1)
    appointment_of_visit[entries.visit[came]] = np.flatnonzero(came)
    start_of_visit = clock.date_of(history.visits.day).astype("datetime64[m]")
    start_of_visit = start_of_visit + opening_minutes(rng.random(len(history.visits)))
    start_of_visit[entries.visit[came]] = starts_at[came]
    diary = Appointments(
        external_id=np.char.mod("A%07d", np.arange(1, len(entries) + 1)),
        customer=rows,
        treatment=entries.treatment,
        branch=persons.branch[entries.person],
        consultant=entries.consultant,
        booked_on=clock.date_of(booked_day),
        starts_at=starts_at,
        status=STATUSES[entries.status],
        waiting_minutes=entries.waiting_minutes,
    )
    return diary, appointment_of_visit, start_of_visit


def opening_minutes(draws: np.ndarray) -> np.ndarray:
    """Quarter hours from 10:00 to 19:45, as timedelta64[m]."""
    return (600 + 15 * np.floor(40 * draws)).astype("timedelta64[m]")


def _in_order(clock: Clock, entries: _Entries, rng) -> tuple[_Entries, np.ndarray]:
    """The entries in order of their start, and the starts."""
    starts_at = clock.date_of(entries.day).astype("datetime64[m]")
    starts_at = starts_at + opening_minutes(rng.random(len(entries)))
    order = np.argsort(starts_at, kind="stable")
    return entries.take(order), starts_at[order]


def _attended(config: ClinicConfig, history: History, rng) -> _Entries:
    visits = history.visits
    rows = np.flatnonzero(rng.random(len(visits)) >= config.walk_in_rate)
    booked = visits.take(rows)
    return _Entries(
        person=booked.person,
        day=booked.day,
        treatment=booked.treatment,
        consultant=booked.consultant,
        status=np.full(len(booked), ATTENDED),
        waiting_minutes=booked.waiting_minutes,
        visit=rows,
    )


def _missed(
    config: ClinicConfig, clock: Clock, persons: Persons, history: History, rng
) -> _Entries:
    """Bookings missed or cancelled up to ten days before the visit that came of them."""
    visits = history.visits
    order = np.lexsort((visits.day, visits.person))
    before = np.full(len(visits), -1)
    same = visits.person[order][1:] == visits.person[order][:-1]
    before[order[1:]] = np.where(same, visits.day[order][:-1], -1)
    draws = rng.random((2, len(visits)))
    day = visits.day - 2 - (8 * draws[1]).astype(np.int64)
    possible = (day > before) & (day >= persons.created_day[visits.person]) & _is_open(clock, day)
    is_no_show = draws[0] < config.no_show_rate
    rows = np.flatnonzero(possible & (draws[0] < config.no_show_rate + config.cancelled_rate))
    status = np.where(is_no_show, NO_SHOW, CANCELLED)
    return _plain(visits.person, day, visits.treatment, visits.consultant, status).take(rows)


def _consultations(config, clock: Clock, persons: Persons, history: History, rng) -> _Entries:
    """Of those who only asked, a good half makes an appointment to talk."""
    who = np.flatnonzero(history.leave_cause == NEVER_BOUGHT)
    draws = rng.random((3, len(persons)))[:, who]
    day = persons.created_day[who] + 1 + (6 * draws[1]).astype(np.int64)
    status = np.where(draws[2] < 0.6, ATTENDED, np.where(draws[2] < 0.84, NO_SHOW, CANCELLED))
    talks = config.category_rows("consultation")
    if not talks:
        draws[0] = 1.0
    treatment = np.full(len(who), talks[0] if talks else 0)
    keep = (draws[0] < 0.55) & (day <= clock.until_day) & _is_open(clock, day)
    return _plain(who, day, treatment, persons.consultant[who], status).take(keep)


def _after_leaving(clock: Clock, persons: Persons, history: History, rng) -> _Entries:
    """Some of those who have left had still booked; they cancel or stay away."""
    left = (history.leave_cause != STAYS) & (history.leave_cause < ONE_OFF)
    who = np.flatnonzero(left)
    draws = rng.random((3, len(persons)))[:, who]
    day = history.left_day[who] + 7 + (55 * draws[1]).astype(np.int64)
    status = np.where(draws[2] < 0.6, CANCELLED, NO_SHOW)
    keep = (draws[0] < 0.2) & (day <= clock.until_day) & _is_open(clock, day)
    treatment = persons.main_treatment[who]
    return _plain(who, day, treatment, persons.consultant[who], status).take(keep)


def _ahead(clock: Clock, persons: Persons, history: History, rng) -> _Entries:
    """Of what is due within four weeks after the last day, about half is booked already."""
    due = np.full((len(persons), 2), np.inf)
    due[history.gaps.person, history.gaps.slot] = history.gaps.due_op
    due[history.leave_cause != STAYS] = np.inf
    slot = due.argmin(axis=1)
    day = clock.day_at(due.min(axis=1))
    draws = rng.random(len(persons))
    soon = (day > clock.until_day) & (day <= clock.until_day + BOOKED_AHEAD_DAYS)
    who = np.flatnonzero(soon & (draws < 0.55))
    treatment = np.where(slot == 0, persons.main_treatment, persons.second_treatment)[who]
    status = np.full(len(who), BOOKED)
    return _plain(who, day[who], treatment, persons.consultant[who], status)


def _plain(person, day, treatment, consultant, status) -> _Entries:
    """Entries without a visit of their own; those who came to talk waited a little."""
    return _Entries(
        person=person.copy(),
        day=day,
        treatment=treatment.copy(),
        consultant=consultant.copy(),
        status=status,
        waiting_minutes=np.where(status == ATTENDED, 5 + day % 20, -1),
        visit=np.full(len(person), -1),
    )


def _is_open(clock: Clock, day: np.ndarray) -> np.ndarray:
    return clock.op_after(day) > clock.op_after(day - 1)
