"""Phone numbers that look right, and the ways a desk writes them down.

United Kingdom: only the numbers Ofcom keeps for drama; when all of them are used up, further
people have no number. Mobile ones come last: numbering plans do not call them valid. China keeps
no such block: 199 000 xxxxx is merely easy to recognise, so nothing may ever be sent to these
numbers.
"""

import numpy as np

from clinic_crm.simulator.config import ClinicConfig

_UK_DRAMA_BLOCKS = """
02079460 01214960 01614960 01134960 01144960 01154960 01164960 01174960 01184960
01314960 01414960 01514960 01914980 02920180 01632960 07700900
"""
_UK_DRAMA = _UK_DRAMA_BLOCKS.split()
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def phone_pool(language: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` different national numbers in random order; "" where the pool is exhausted."""
    if language == "zh-hans":
        serial = rng.permutation(max(count, 100_000))[:count]
        return np.array([f"1990{number:07d}" for number in serial.tolist()])
    blocks = [rng.permutation(1000) + 1000 * block for block in range(len(_UK_DRAMA))]
    serial = np.concatenate(blocks)[:count].tolist()
    numbers = [f"{_UK_DRAMA[number // 1000]}{number % 1000:03d}" for number in serial]
    return np.array(numbers + [""] * (count - len(numbers)))


def as_typed(config: ClinicConfig, numbers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The numbers as they were typed in: some missing, some a digit short, some untidy."""
    how, style = rng.random(len(numbers)), rng.random(len(numbers))
    missing = config.phone_missing_share
    malformed = missing + config.phone_malformed_share
    untidy = malformed + config.phone_untidy_share
    styles = _CHINESE_STYLES if config.language == "zh-hans" else _BRITISH_STYLES
    typed = []
    for number, draw, which in zip(numbers.tolist(), how.tolist(), style.tolist(), strict=True):
        if draw < missing or not number:
            typed.append("")
        elif draw < malformed:
            typed.append(number[: -1 - int(which * 2)])
        elif draw < untidy:
            typed.append(styles[int(which * len(styles))](number))
        else:
            typed.append(number)
    return np.array(typed)


_CHINESE_STYLES = (
    lambda number: f"{number[:3]} {number[3:7]} {number[7:]}",
    lambda number: f"{number[:3]}-{number[3:7]}-{number[7:]}",
    lambda number: f"+86 {number}",
    lambda number: f"86{number}",
    lambda number: f"0086-{number}",
    lambda number: number.translate(_FULL_WIDTH),
    lambda number: f" {number} ",
    lambda number: f"{number}（本人）",
)
_BRITISH_STYLES = (
    lambda number: f"{number[:5]} {number[5:]}",
    lambda number: f"{number[:5]} {number[5:8]} {number[8:]}",
    lambda number: f"+44 {number[1:5]} {number[5:]}",
    lambda number: f"+44 (0){number[1:5]} {number[5:]}",
    lambda number: f"0044{number[1:]}",
    lambda number: f"{number[:5]}-{number[5:]}",
    lambda number: f"{number} (mob)",
)
