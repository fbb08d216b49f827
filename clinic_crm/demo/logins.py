"""Who may sign in to the demo clinics. Only a demo stack (DEMO=1) ever makes these people."""

from dataclasses import asdict, dataclass

PASSWORD = "demo-clinic-crm"  # noqa: S105  (shown on the demo's own sign-in page)


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    name: str
    clinic: str  # slug
    clinic_name: str
    password: str = PASSWORD


LOGINS = (
    Login("owner", "owner@yujing.example", "沈若岚", "yujing", "玉镜医疗美容"),
    Login("manager", "marketing@yujing.example", "顾明远", "yujing", "玉镜医疗美容"),
    Login("staff", "desk@yujing.example", "周雅文", "yujing", "玉镜医疗美容"),
    Login("analyst", "analyst@yujing.example", "周子衡", "yujing", "玉镜医疗美容"),
    Login("owner", "owner@harley-rose.example", "Rose Harley", "harley-rose", "Harley & Rose"),
    Login("manager", "marketing@harley-rose.example", "Ada Finch", "harley-rose", "Harley & Rose"),
    Login("staff", "desk@harley-rose.example", "Imogen Hart", "harley-rose", "Harley & Rose"),
    Login("analyst", "analyst@harley-rose.example", "Priya Nair", "harley-rose", "Harley & Rose"),
)


def as_dicts() -> list[dict[str, str]]:
    return [asdict(login) for login in LOGINS]
