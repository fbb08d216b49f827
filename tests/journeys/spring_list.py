"""The two small files of the journey: customers who came twice, then no more, and their sales."""

from datetime import date, timedelta

N_CUSTOMERS = 60
N_WITHOUT_CONSENT = 4
TAG = "Spring list"
GIVEN = ("Ada", "Bea", "Cleo", "Dora", "Edie", "Fay", "Gwen", "Hope", "Iris", "June")
FAMILY = ("Ashdown", "Birchall", "Copley", "Dunmore", "Elswick", "Farleigh")
DAYS_AGO = (420, 300)
SPENT = 100  # pounds a visit


def number_of(n: int) -> str:
    return f"SPR-{n:03}"


def name_of(n: int) -> str:
    return f"{GIVEN[n % 10]} {FAMILY[n // 10]}"


def customers() -> bytes:
    """60 customers who can be read and one whose birthday is none."""
    lines = ["Customer number,Name,E-mail,Birthday,Tags,Marketing consent"]
    for n in range(N_CUSTOMERS):
        consent = "no" if n < N_WITHOUT_CONSENT else "yes"
        email = name_of(n).lower().replace(" ", ".") + "@example.org"
        lines.append(f"{number_of(n)},{name_of(n)},{email},1984-03-{n % 28 + 1:02},{TAG},{consent}")
    lines.append(f"SPR-BAD,Zoe Zeller,zoe.zeller@example.org,1984-02-31,{TAG},yes")
    return "\n".join(lines).encode()


def sales(today: date) -> bytes:
    """Two visits of each, the last too long ago, and one sale of nobody we know."""
    lines = ["Invoice number,Customer number,Date,Item,Quantity,Amount"]
    for n in range(N_CUSTOMERS):
        for visit, days in enumerate(DAYS_AGO):
            on = today - timedelta(days=days + n % 7)
            lines.append(f"SPR-{n:03}-{visit},{number_of(n)},{on},Facial,1,£{SPENT}.00")
    lines.append(f"SPR-999-0,SPR-999,{today - timedelta(days=9)},Facial,1,£80.00")
    return "\n".join(lines).encode()
