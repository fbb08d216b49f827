"""How to address a person: 王小明, female → 王女士 in Chinese; Anna Smith → Anna in English."""

TWO_CHARACTER_SURNAMES = frozenset([
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
    "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
    "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马",
    "公西", "令狐", "轩辕", "呼延", "左丘", "东郭", "南门", "西门", "百里", "歐陽", "司馬", "東方",
    "諸葛", "尉遲", "長孫", "鍾離", "軒轅",
])  # fmt: skip
_TITLES = {"female": "女士", "male": "先生"}


def is_chinese(name: str) -> bool:
    """Whether every character of the name, spaces and dots aside, is a Han character."""
    letters = [letter for letter in name if letter not in " ·•"]
    return bool(letters) and all("\u3400" <= letter <= "\u9fff" for letter in letters)


def surname_and_given_name(name: str) -> tuple[str, str]:
    """Of a Chinese name; the given name is empty where the name is one character."""
    n_characters = 2 if len(name) > 2 and name[:2] in TWO_CHARACTER_SURNAMES else 1
    return name[:n_characters], name[n_characters:]


def first_name(name: str) -> str:
    """The given name where it can be told: 小明, Anna; a two-character Chinese name stays whole."""
    name = name.strip()
    if is_chinese(name):
        given = surname_and_given_name(name)[1]
        return given if len(given) > 1 else name
    return name.split()[0] if name.split() else ""


def salutation(name: str, gender: str) -> str:
    """王女士 for a Chinese name of known gender, the full Chinese name, else the first name."""
    name = name.strip()
    if not is_chinese(name):
        return first_name(name)
    title = _TITLES.get(gender)
    return surname_and_given_name(name)[0] + title if title else name
