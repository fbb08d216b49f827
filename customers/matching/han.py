"""Chinese names: traditional and simplified signs, family names, and how a name sounds."""

import re
import unicodedata
from functools import lru_cache
from itertools import product

from opencc import OpenCC
from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
MOST_READINGS = 8  # of one name; more would make everything sound alike

# As a family name these are read otherwise than as a word.
_FAMILY_READINGS = {
    "单": "shan", "仇": "qiu", "查": "zha", "曾": "zeng", "解": "xie", "区": "ou", "盖": "ge",
    "朴": "piao", "乐": "yue", "缪": "miao", "翟": "zhai", "种": "chong", "召": "shao", "繁": "po",
    "员": "yun", "黑": "he", "折": "she", "覃": "qin", "洗": "xian", "秘": "bi", "隗": "wei",
    "郇": "xun", "重": "chong", "尉": "yu", "任": "ren", "宁": "ning", "纪": "ji", "华": "hua",
}  # fmt: skip
DOUBLE = frozenset(
    [
        "欧阳",
        "太史",
        "端木",
        "上官",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "诸葛",
        "尉迟",
        "公羊",
        "赫连",
        "澹台",
        "皇甫",
        "宗政",
        "濮阳",
        "公冶",
        "申屠",
        "公孙",
        "慕容",
        "仲孙",
        "钟离",
        "长孙",
        "宇文",
        "司徒",
        "鲜于",
        "司空",
        "令狐",
        "单于",
        "呼延",
        "轩辕",
        "百里",
        "东郭",
        "南门",
        "西门",
    ]
)
FAMILY_NAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔"
    "贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁"
    "时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华"
    "车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商"
    "蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明"
    "沙薄伏岑习胥保和蔺肖闫"
)


@lru_cache(maxsize=1)
def _simpler_signs() -> dict[int, str]:
    """Every traditional sign with its simplified one."""
    signs = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simple = OpenCC("t2s").convert("\n".join(signs)).split("\n")
    variants = {"嬅": "华", "妳": "你", "濬": "浚", "喆": "哲", "堃": "坤", "淼": "淼", "珺": "珺"}
    table = {ord(a): b for a, b in zip(signs, simple, strict=True) if a != b and len(b) == 1}
    return table | {ord(a): b for a, b in variants.items()}


def simplified(text: str) -> str:
    """The same in simplified signs, one sign for each: names need no phrases."""
    return text.translate(_simpler_signs())


def split(name: str) -> tuple[str, str]:
    """(family, given) of a simplified Han name; a name of one sign is all family."""
    n = 2 if len(name) > 2 and name[:2] in DOUBLE else 1
    return name[:n], name[n:]


@lru_cache(maxsize=30_000)
def readings(sign: str) -> tuple[str, ...]:
    """Every way to read one sign, without tones, the usual one first."""
    found = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    return tuple(dict.fromkeys(found[0])) if found else (sign,)


def family_sound(family: str) -> str:
    return _FAMILY_READINGS.get(family) or "".join(readings(sign)[0] for sign in family)


def given_sounds(given: str) -> list[str]:
    """How the given name may sound, the usual way first; [""] for none."""
    ways = [readings(sign) for sign in given]
    found = ["".join(way[0] for way in ways)]
    for choice in product(*ways) if len(given) <= 4 else ():
        sound = "".join(choice)
        if sound not in found:
            found.append(sound)
        if len(found) == MOST_READINGS:
            break
    return found


@lru_cache(maxsize=1)
def _syllable() -> str:
    """A pattern of every syllable a sign may be read as, without tones."""
    marked = {way for ways in PINYIN_DICT.values() for way in ways.split(",")}
    bare = {unicodedata.normalize("NFD", way).encode("ascii", "ignore").decode() for way in marked}
    return "|".join(sorted(way for way in bare if set(way) & set("aeiou")))  # 嗯 is read ng


@lru_cache(maxsize=30_000)
def is_syllables(letters: str, n: int) -> bool:
    """Whether the letters can be read as n syllables of Chinese: «baoxi» as two, «amy» not."""
    return n > 0 and re.fullmatch(f"(?:{_syllable()}){{{n}}}", letters) is not None


_LONE = re.compile(f"^[小老阿大]([{HAN}])$")


def nickname_of(name: str) -> str:
    """The family name in 小王, 老李, 阿陈; "" where it is none."""
    found = _LONE.match(name)
    return found.group(1) if found and found.group(1) in FAMILY_NAMES else ""
