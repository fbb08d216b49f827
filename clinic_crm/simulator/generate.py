"""The one entrance: a configuration, a seed and a last day in; a whole clinic out."""

from datetime import date

import numpy as np

from clinic_crm.simulator.appointments import write_diary
from clinic_crm.simulator.config import ClinicConfig
from clinic_crm.simulator.feedback import collect_complaints, collect_surveys
from clinic_crm.simulator.hazard import Hidden, offered_probability, state_at
from clinic_crm.simulator.history import CAUSES, STAYS, History, leaving_hazards, simulate
from clinic_crm.simulator.people import Persons, draw_people, spec_column
from clinic_crm.simulator.randomness import stream
from clinic_crm.simulator.records import NO_DAY, Records, lay_out, write_customers
from clinic_crm.simulator.seasons import Clock, clock_for
from clinic_crm.simulator.tables import Branches, Consultants, Customers, Treatments
from clinic_crm.simulator.till import give_back, ring_up
from clinic_crm.simulator.world import CustomerTruth, Truth, World

TRUTH_DAYS = 30


def generate(config: ClinicConfig, *, seed: int, until: date) -> World:
    """The clinic's books from `config.years` before `until` up to and including that day.

    Same arguments, same bytes. Bookings may lie after `until`; nothing else does.
    Raises ValueError when seed is negative or the years are outside the festival table.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}.")
    clock = clock_for(config, until)
    persons = draw_people(config, clock, seed)
    history = simulate(config, clock, persons, seed)
    visits = history.visits
    records = lay_out(config, clock, persons, visits, seed)
    customers = write_customers(config, clock, persons, visits, records, seed)
    which_record = stream(seed, "record of visit").random(len(visits))
    customer = records.row_at(visits.person, visits.day, which_record)
    diary, appointment, starts_at = write_diary(
        config, clock, persons, history, records, customer, seed
    )
    till = stream(seed, "till")
    sales, lines, visit = ring_up(config, visits, customer, appointment, starts_at, till)
    is_bad = visits.is_bad[visit]
    return World(
        config=config,
        seed=seed,
        until=until,
        branches=_branches(config),
        consultants=_consultants(config),
        treatments=Treatments(
            **{name: spec_column(config, name) for name in Treatments.__dataclass_fields__}
        ),
        customers=customers,
        appointments=diary,
        sales=sales,
        sale_lines=lines,
        refunds=give_back(config, clock, sales, is_bad, seed),
        complaints=collect_complaints(config, clock, visits, customer, seed),
        surveys=collect_surveys(config, clock, visits, customer, seed),
        truth=_truth(config, clock, persons, history, records, customers, is_bad),
    )


def _branches(config: ClinicConfig) -> Branches:
    return Branches(
        code=np.array([branch.code for branch in config.branches]),
        name=np.array([branch.name for branch in config.branches]),
    )


def _consultants(config: ClinicConfig) -> Consultants:
    branch_codes = [branch.code for branch in config.branches]
    return Consultants(
        code=np.array([one.code for one in config.consultants]),
        name=np.array([one.name for one in config.consultants]),
        branch=np.array([branch_codes.index(one.branch) for one in config.consultants]),
    )


def _truth(
    config: ClinicConfig,
    clock: Clock,
    persons: Persons,
    history: History,
    records: Records,
    customers: Customers,
    is_bad: np.ndarray,
) -> Truth:
    hidden = Hidden(clock, persons, history.gaps, history.left_day, history.leave_cause)
    state = state_at(hidden, np.arange(len(persons)), clock.until_day)
    chances = {}
    for offer in (None, *config.offers):
        by_person = offered_probability(hidden, state, offer, np.array([TRUTH_DAYS]))[:, 0]
        chances[offer.code if offer else ""] = by_person[records.person]
    return Truth(
        customers=_customer_truth(config, hidden, history, records, customers),
        p_return_30d=chances,
        person=records.person,
        is_bad_visit=is_bad,
        hidden=hidden,
    )


def _customer_truth(
    config: ClinicConfig, hidden: Hidden, history: History, records: Records, customers: Customers
) -> CustomerTruth:
    persons, who = hidden.persons, records.person
    codes = spec_column(config, "code")
    has_second = np.zeros(len(persons), dtype=bool)
    has_second[history.gaps.person[history.gaps.slot == 1]] = True
    left_on = np.where(history.left_day >= 0, hidden.clock.date_of(history.left_day), NO_DAY)
    causes = np.array([*CAUSES, ""])  # STAYS is −1, the last one
    hazards = _next_hazards(config, persons, history)[who]
    return CustomerTruth(
        external_id=customers.external_id,
        person_id=np.char.mod("P%06d", who + 1),
        main_treatment=codes[persons.main_treatment][who],
        main_interval_days=persons.main_interval[who],
        second_treatment=np.where(has_second, codes[persons.second_treatment], "")[who],
        second_interval_days=np.where(has_second, persons.second_interval, 0.0)[who],
        price_sensitivity=persons.price_sensitivity[who],
        forgetfulness=persons.forgetfulness[who],
        gift_liking=persons.gift_liking[who],
        is_contact_averse=persons.is_contact_averse[who],
        hazard_bad_visit=hazards[:, 0].copy(),
        hazard_price=hazards[:, 1].copy(),
        hazard_moved_away=hazards[:, 2].copy(),
        hazard_drifted=hazards[:, 3].copy(),
        left_on=left_on[who],
        leave_cause=causes[history.leave_cause][who],
    )


def _next_hazards(config: ClinicConfig, persons: Persons, history: History) -> np.ndarray:
    """(n_people, 4): leaving after the next visit, at full price; 0 for those who have left."""
    everyone = np.arange(len(persons))
    n_visits = 1 + np.bincount(history.visits.person, minlength=len(persons))
    factor = np.array([one.bad_visit_factor for one in config.consultants])[persons.consultant]
    p_bad = np.minimum(config.bad_visit_rate * factor, 0.6)
    hazards = leaving_hazards(
        config, persons, everyone, n_visits, persons.main_treatment, np.zeros(1), p_bad
    )
    return np.where((history.leave_cause == STAYS)[:, None], hazards, 0.0)
