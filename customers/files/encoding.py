"""Which characters a file is written in, found by looking at all of it, a megabyte at a time.

In this order: byte order mark, UTF-16 by its zero bytes, strict UTF-8, GB18030. Detectors that
guess by letter frequency miss short Chinese lists by the hundreds; this order does not.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from customers.files.limits import DEFAULT_LIMITS, MB, Limits
from customers.files.refusals import FileRefused

SAMPLE_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
BINARY_MAGIC = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "RIFF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x7fELF": "ELF",
    b"SQLite format 3": "SQLite",
    b"{\\rtf": "RTF",
    b"BZh9": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PAR1": "Parquet",
}
MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|table|head|meta)", re.I)
VALID_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
GB_CHARACTER = re.compile(
    rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe]([\x40-\x7e])|[\x81-\xfe][\x80-\xfe]"
)


@dataclass(frozen=True)
class TextEncoding:
    """errors is the codec's error handler; anything but «strict» means: some rows are damaged."""

    name: str
    errors: str = "strict"
    bom_bytes: int = 0

    @property
    def is_damaged(self) -> bool:
        return self.errors != "strict"


class BoundedReader(io.RawIOBase):
    """Reads through to `source` and refuses when more than `limit` bytes come out of it."""

    def __init__(self, source: io.BufferedIOBase, limit: int) -> None:
        self._source, self._left, self._limit = source, limit, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            data = self._source.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileRefused("file_gzip_damaged") from error
        self._left -= len(data)
        if self._left < 0:
            raise FileRefused("file_too_large", limit_mb=self._limit // MB)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()


def open_bytes(path: Path, limits: Limits = DEFAULT_LIMITS) -> BinaryIO:
    """The bytes of a file, unpacked when it is gzip, never more than the limit."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP_MAGIC
    source: io.BufferedIOBase = gzip.GzipFile(path) if is_gzip else path.open("rb")
    return io.BufferedReader(BoundedReader(source, limits.max_text_bytes), MB)


def refuse_binary(sample: bytes) -> None:
    """Raise FileRefused when the first bytes are those of something that is no text."""
    if sample.startswith(OLE_MAGIC):
        raise FileRefused("file_old_excel")
    if sample.startswith(ZIP_MAGIC):
        raise FileRefused("file_zip")
    for magic, what in BINARY_MAGIC.items():
        if sample.startswith(magic):
            raise FileRefused("file_binary", what=what)
    if MARKUP.match(sample):
        raise FileRefused("file_html")


def detect_encoding(path: Path, limits: Limits = DEFAULT_LIMITS) -> TextEncoding:
    """The encoding of a text file or of the text file inside a gzip.

    Raises FileRefused: empty, binary, unreadable, too large.
    """
    with open_bytes(path, limits) as file:
        sample = file.read(SAMPLE_BYTES)
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise FileRefused("file_empty")
    refuse_binary(sample)
    for bom, name in BOMS:
        if sample.startswith(bom):
            return _with_errors(path, limits, name, len(bom))
    if utf16 := _utf16_by_zero_bytes(sample):
        return _with_errors(path, limits, utf16, 0)
    n_nul = sample.count(0)
    if n_nul > 8 and n_nul > len(sample) // 50:
        raise FileRefused("file_binary", what="NUL")
    return _utf8_or_gb18030(path, limits)


def check_encoding(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> TextEncoding:
    """The encoding somebody named, if the whole file can be read in it."""
    try:
        "a".encode(name)  # also refuses codecs that are no encodings of text
    except (LookupError, ValueError) as error:
        raise FileRefused("file_wrong_encoding", encoding=name) from error
    with open_bytes(path, limits) as file:
        sample = file.read(SAMPLE_BYTES)
    refuse_binary(sample)
    if not _decodes(path, limits, name):
        raise FileRefused("file_wrong_encoding", encoding=name)
    bom_bytes = next((len(b) for b, n in BOMS if sample.startswith(b) and n == name.lower()), 0)
    return TextEncoding(name, bom_bytes=bom_bytes)


def _with_errors(path: Path, limits: Limits, name: str, bom_bytes: int) -> TextEncoding:
    """A file that says what it is stays that, even when some of its rows are damaged."""
    if _decodes(path, limits, name):
        return TextEncoding(name, "strict", bom_bytes)
    if name != "utf-8":
        # A lone half of a pair can be passed on and its row refused; a cut off byte cannot.
        if _decodes(path, limits, name, "surrogatepass"):
            return TextEncoding(name, "surrogatepass", bom_bytes)
        raise FileRefused("file_unknown_encoding")
    return TextEncoding(name, "surrogateescape", bom_bytes)


def _utf16_by_zero_bytes(sample: bytes) -> str | None:
    """ASCII signs (separators, digits, line ends) leave zeros on one side of each pair only."""
    n_pairs = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if min(even, odd) or max(even, odd) * 10 < n_pairs:
        return None
    name = "utf-16-le" if odd else "utf-16-be"
    text = sample[: n_pairs * 2].decode(name, errors="replace")
    return name if "\n" in text or "\r" in text else None


def _utf8_or_gb18030(path: Path, limits: Limits) -> TextEncoding:
    if _decodes(path, limits, "utf-8"):
        return TextEncoding("utf-8")
    if _is_damaged_utf8(path, limits):
        return TextEncoding("utf-8", "surrogateescape")
    if _looks_chinese(path, limits) and _decodes(path, limits, "gb18030"):
        return TextEncoding("gb18030")
    raise FileRefused("file_unknown_encoding")


def _decodes(path: Path, limits: Limits, name: str, errors: str = "strict") -> bool:
    decoder = codecs.getincrementaldecoder(name)(errors)
    try:
        for chunk in _chunks(path, limits):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _is_damaged_utf8(path: Path, limits: Limits) -> bool:
    """Twenty good characters for each stray byte: one typing accident, not another encoding."""
    n_good = n_stray = 0
    for chunk in _chunks(path, limits):
        rest, n = VALID_MULTIBYTE.subn(b"", chunk)
        n_good += n
        n_stray += len(rest) - len(rest.translate(None, bytes(range(128, 256))))
    return n_good >= 20 * n_stray


def _looks_chinese(path: Path, limits: Limits) -> bool:
    """Western text read as GB18030 is mostly «high byte + ASCII letter»; Chinese hardly ever."""
    n_low = n_all = 0
    for chunk in _chunks(path, limits):
        for match in GB_CHARACTER.finditer(chunk):
            n_all += 1
            n_low += match.group(1) is not None
        if n_all > 10_000:
            break
    return n_low * 2 <= n_all


def _chunks(path: Path, limits: Limits) -> Iterator[bytes]:
    with open_bytes(path, limits) as file:
        while chunk := file.read(MB):
            yield chunk
