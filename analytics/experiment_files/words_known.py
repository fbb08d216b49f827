"""Words by which columns and arms are recognised, in both languages; all lower case."""

import re
import unicodedata


def _of(text: str, sign: str | None = None) -> frozenset[str]:
    return frozenset(text.split(sign))


ARM_HEADERS = _of(
    "arm arms group grp groups treatment treated treat trt variant variation cell bucket experiment"
    " exp assignment assigned condition segment ab abtest testgroup"
    " 组 组别 分组 组名 实验组 实验 处理 处理组 是否处理 版本"
)
WHAT_HAPPENED = _of(  # to a person, after any draw: no arm and no trait
    "received sent delivered opened open clicked click exposed exposure bounced texted contacted"
    " 收到 已发送 送达 打开 点击 曝光"
)
CONTROL_ARMS = _of(
    "control|controls|ctrl|control group|hold out|holdout|holdout group|held out|no e mail|no email"
    "|no mail|no mailing|no message|no sms|no text|no contact|no treatment|no offer|no campaign"
    "|not treated|not contacted|not mailed|untreated|baseline|placebo|nothing"
    "|对照|对照组|控制组|空白组|空白对照|未发送|不发送|未触达|留出组",
    "|",
)
MAYBE_CONTROL = _of("0 none no false 无 否")
OUTCOME_HEADERS = _of(
    "visit visited visits conversion converted convert conv response responded respond responder"
    " purchase purchased buy bought order ordered return returned came reactivated target label"
    " outcome y show noshow attended churn churned redeemed booked"
    " 到店 回访 转化 是否转化 响应 购买 是否购买 复购 是否复购 是否到店 回流 成交 结果"
)
MONEY_HEADERS = _of(
    "spend spent spending revenue amount sales sale profit margin net gross turnover value gmv"
    " 金额 消费 消费额 消费金额 收入 营收 销售额 利润 毛利 成交额 实付"
)
PAST = _of(  # a figure from before: a trait, whatever else its name says
    "history historical past prior previous pre before last lifetime recency avg mean count sum"
    " 历史 以往 过去 之前 前 累计 上次"
)
WINDOW = re.compile(r"\d+[dwmy]|g\d+")
YES = frozenset({"1", "1.0", "true", "yes", "y", "t", "是", "有"})
NO = frozenset({"0", "0.0", "false", "no", "n", "f", "否", "无"})


def plain(text: str) -> str:
    """Lower case, full width made half, signs between words made single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_\-./()（）:：]+", " ", folded).strip()


def words_of(header: str) -> list[str]:
    """`Response_att` → response, att; `SMS received` → sms, received; `isConverted` → is, …"""
    return plain(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header)).split()


def is_of_the_past(header: str) -> bool:
    words = words_of(header)
    return any(word in PAST or WINDOW.fullmatch(word) for word in words)


def is_named(header: str, names: frozenset[str]) -> bool:
    """Whether one of the words, or the whole header without its signs, is among the names."""
    words = words_of(header)
    return "".join(words) in names or any(word in names for word in words)
