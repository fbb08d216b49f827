"""Price lists, weights and offers written as small texts, so that a clinic fits on a page."""

from clinic_crm.simulator.config import Offer, TreatmentSpec

_WIN_BACK = {
    "reminder": "price .02|drifted .06|bad_visit .005|one_off .02|never_bought .04",
    "discount_10": "price .16|drifted .09|bad_visit .01|one_off .03|never_bought .08",
    "discount_20": "price .26|drifted .16|bad_visit .02|one_off .06|never_bought .12",
    "gift": "price .06|drifted .08|bad_visit .04|one_off .03|never_bought .05",
}


def weighted(text: str) -> tuple[tuple[str, float], ...]:
    """ "name weight|name weight": a name may hold spaces."""
    pairs = (entry.rsplit(maxsplit=1) for entry in text.split("|"))
    return tuple((name.strip(), float(weight)) for name, weight in pairs)


def price_list(text: str) -> tuple[TreatmentSpec, ...]:
    """One treatment a line, columns parted by "|":

    code | category | name | price | cost | interval | low | high | shortest clinical interval |
    sessions of a course | rest after a course | weight as main | weight as second treatment.
    Money in major units; days; the columns after cost may be left out (does not recur).
    """
    return tuple(_treatment(line) for line in text.strip().splitlines())


def _treatment(line: str) -> TreatmentSpec:
    code, category, name, price, cost, *rest = (cell.strip() for cell in line.split("|"))
    interval, low, high, shortest, course, rest_days, main, second = rest or [
        "0",
        "0",
        "0",
        "0",
        "1",
        "0",
        "0",
        "0",
    ]
    return TreatmentSpec(
        code=code,
        name=name,
        category=category,
        price_minor=round(float(price) * 100),
        cost_minor=round(float(cost) * 100),
        interval_days=int(interval),
        interval_low=int(low),
        interval_high=int(high),
        min_clinical_interval_days=int(shortest),
        course_length=int(course),
        rest_days=int(rest_days),
        main_weight=float(main),
        second_weight=float(second),
    )


def standard_offers(gift_cost_minor: int) -> tuple[Offer, ...]:
    """The offers both demo clinics make."""
    return (
        Offer("reminder", 0.1, by_forgetfulness=1.3, win_back=weighted(_WIN_BACK["reminder"])),
        Offer(
            "discount_10",
            0.15,
            by_forgetfulness=0.6,
            by_price=1.8,
            discount_rate=0.10,
            win_back=weighted(_WIN_BACK["discount_10"]),
        ),
        Offer(
            "discount_20",
            0.3,
            by_forgetfulness=0.8,
            by_price=2.6,
            discount_rate=0.20,
            win_back=weighted(_WIN_BACK["discount_20"]),
        ),
        Offer(
            "gift",
            0.15,
            by_forgetfulness=0.6,
            by_gift=1.4,
            gift_cost_minor=gift_cost_minor,
            win_back=weighted(_WIN_BACK["gift"]),
        ),
    )
