"""What the demo clinics call their tiers, segments and campaigns, each in its own language."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Words:
    programme: str
    points_per_unit: Decimal
    point_value_minor: Decimal
    tiers: tuple[
        tuple[str, int, str], ...
    ]  # name, from net spend in a year (minor units), benefits
    segments: tuple[tuple[str, dict], ...]
    due_segment: tuple[str, dict]  # whom last autumn's campaign wrote to
    campaign: str
    offer: str  # of the simulator's: what the letter promises
    holdout_percent: int
    subject: str
    body: str
    postal_address: str
    message_cost_minor: int


def _rule(*conditions: tuple) -> dict:
    return {
        "match": "all",
        "conditions": [
            {"attribute": attribute, "operator": operator, "value": value}
            for attribute, operator, value in conditions
        ],
    }


_DUE = _rule(("recency", "between", [40, 200]), ("email_consent", "is", True))
_QUIET = _rule(("recency", "between", [60, 730]), ("email_consent", "is", True))
_SLIPPING = _rule(("stage", "is", ["dormant"]), ("m", "at_least", 4))
_CHAMPIONS = _rule(("r", "at_least", 4), ("f", "at_least", 4))
_ONCE = _rule(("frequency", "is", 1), ("recency", "between", [30, 180]))

YUJING = Words(
    programme="玉镜会员",
    points_per_unit=Decimal(1),
    point_value_minor=Decimal(1),
    tiers=(
        ("雅客", 0, "每元积 1 分"),
        ("银卡", 800_000, "生日礼、预约优先"),
        ("金卡", 2_500_000, "专属顾问、每季皮肤检测"),
        ("黑金", 6_000_000, "全年护理计划、贵宾活动"),
    ),
    segments=(
        ("正在流失的高价值客户", _SLIPPING),
        ("核心客户", _CHAMPIONS),
        ("只来过一次", _ONCE),
    ),
    due_segment=("许久未来的客户", _QUIET),
    # Some 900 people and a strong offer: by the simulator's truth such a campaign tells in 24 of
    # 25 autumns. Harley & Rose's small one seldom does, and its page says so.
    campaign="秋季回访",
    offer="discount_20",
    holdout_percent=40,
    subject="{{ salutation }}，该给自己安排一次护理了",
    body=(
        "{{ salutation }}，您好！\n\n"
        "距离您上次在{{ clinic_name }}护理已有 {{ days_since_visit }} 天。"
        "换季时皮肤容易缺水，{{ consultant | default: \"您的顾问\" }}为您预留了本月的时间。\n\n"
        "本月预约可享八折。期待见到您！"
    ),
    postal_address="上海市静安区南京西路 1 号",
    message_cost_minor=5,
)  # fmt: skip

HARLEY_ROSE = Words(
    programme="Rose Circle",
    points_per_unit=Decimal(2),
    point_value_minor=Decimal(1),
    tiers=(
        ("Bud", 0, "2 points for every pound"),
        ("Bloom", 60_000, "Birthday treat, early booking"),
        ("Rose", 180_000, "Own consultant, skin check each season"),
        ("Damask", 400_000, "A care plan for the year, private evenings"),
    ),
    segments=(
        ("High value, slipping away", _SLIPPING),
        ("Champions", _CHAMPIONS),
        ("Came once", _ONCE),
    ),
    due_segment=("Due again", _DUE),
    campaign="Autumn recall",
    offer="discount_10",
    holdout_percent=35,
    subject="{{ first_name }}, it may be time for a little care",
    body=(
        "Dear {{ first_name }},\n\n"
        "It has been {{ days_since_visit }} days since your last visit to {{ clinic_name }}. "
        '{{ consultant | default: "Our team" }} has kept some time free for you this month.\n\n'
        "Book before the end of the month and take 10 % off."
    ),
    postal_address="1 Marylebone Lane, London W1U",
    message_cost_minor=2,
)

WORDS = {"yujing": YUJING, "harley-rose": HARLEY_ROSE}
