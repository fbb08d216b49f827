"""What an uploaded picture or PDF may be. Pure: bytes in, clean bytes or a refusal out.

Pictures are drawn anew, so nothing of the file survives but what is seen: no EXIF with the place,
no second file behind the first. A PDF cannot be; it is looked through and only ever downloaded.
Nothing here finds viruses.
"""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

MB = 1024 * 1024
MOST_BYTES = 20 * MB
MOST_PIXELS = 64_000_000
LONGEST_SIDE = 4_096  # pixels kept
PREVIEW_SIDE = 320
FORMATS = ("JPEG", "PNG", "WEBP")
_TAIL = 66_000  # where a ZIP's directory ends
_HEIC = re.compile(rb"^.{4}ftyp(heic|heix|hevc|mif1|msf1|avif)", re.DOTALL)
_MARKUP = re.compile(rb"<\s*(!doctype\s+html|html|script|svg|\?php|\?xml)", re.IGNORECASE)
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|Encrypt)\b")
_STREAM = re.compile(rb"\bstream\r?\n(.*?)endstream", re.DOTALL)


class UploadRefused(Exception):
    """code: stable; the words are the caller's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Cleaned:
    """kind: "image" or "pdf". preview: a small JPEG, b"" for a PDF. width, height: pixels."""

    kind: str
    content_type: str
    content: bytes
    preview: bytes = b""
    width: int | None = None
    height: int | None = None


def clean(content: bytes) -> Cleaned:
    """Raises UploadRefused with one of the codes that `customers.services.documents` words."""
    if not content:
        raise UploadRefused("empty")
    if len(content) > MOST_BYTES:
        raise UploadRefused("too_large")
    _refuse_other_kinds(content)
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    return _picture(content)


def _refuse_other_kinds(content: bytes) -> None:
    head = content[:2_048]
    if _HEIC.match(head):
        raise UploadRefused("heic")
    if b"<svg" in head.lower():
        raise UploadRefused("vector")
    is_hidden_pdf = b"%PDF-" in head and not content.startswith(b"%PDF-")
    if is_hidden_pdf or _MARKUP.search(head) or b"PK\x05\x06" in content[-_TAIL:]:
        raise UploadRefused("polyglot")


def _pdf(content: bytes) -> Cleaned:
    end = content.rfind(b"%%EOF")
    if end < 0 or content[end + 5 :].strip(b"\r\n\t \x00"):
        raise UploadRefused("pdf_damaged")
    if any(_ACTIVE.search(_plain_names(part)) for part in _spoken_parts(content)):
        raise UploadRefused("pdf_active")
    return Cleaned("pdf", "application/pdf", content)


def _spoken_parts(content: bytes) -> Iterator[bytes]:
    """What says how a PDF behaves: all outside of streams, and the objects packed into streams."""
    yield _STREAM.sub(b" ", content)
    for found in _STREAM.finditer(content):
        if b"/ObjStm" in content[max(0, found.start() - 400) : found.start()]:
            try:
                yield zlib.decompressobj().decompress(found[1], MOST_BYTES)
            except zlib.error:
                raise UploadRefused("pdf_damaged") from None


def _plain_names(part: bytes) -> bytes:
    """/J#53 is another spelling of /JS."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), part)


def _picture(content: bytes) -> Cleaned:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            name = str(opened.format)
            _check_size(opened)
            picture = _drawn_anew(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UploadRefused("too_many_pixels") from None
    except UnidentifiedImageError:
        raise UploadRefused("unknown_kind") from None
    except (OSError, ValueError, SyntaxError, IndexError, TypeError, ArithmeticError):
        raise UploadRefused("damaged") from None  # Pillow's decoders raise all of these
    preview = picture.convert("RGB")
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Cleaned(
        "image",
        f"image/{name.lower()}",
        _encoded(picture, name),
        _encoded(preview, "JPEG"),
        picture.width,
        picture.height,
    )


def _check_size(opened: Image.Image) -> None:
    """Before a pixel is decoded."""
    if opened.width * opened.height > MOST_PIXELS:
        raise UploadRefused("too_many_pixels")
    if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
        raise UploadRefused("moving")


def _drawn_anew(opened: Image.Image) -> Image.Image:
    """Upright, in sRGB, no larger than we keep, without anything but its pixels."""
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is decoded smaller
    profile = opened.info.get("icc_profile")
    picture = ImageOps.exif_transpose(opened)
    has_alpha = opened.format != "JPEG" and "transparency" in opened.info
    wanted = "RGBA" if has_alpha or picture.mode in {"RGBA", "LA", "PA"} else "RGB"
    if picture.mode != wanted:
        picture = picture.convert(wanted)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    picture = _in_srgb(picture, profile)
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Telephones write wide colours; skin must look as it did."""
    if not profile:
        return picture
    try:
        from_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, from_profile, srgb) or picture
    except (ImageCms.PyCMSError, OSError):  # a profile of another colour space
        return picture


def _encoded(picture: Image.Image, name: str) -> bytes:
    out = io.BytesIO()
    options = {"quality": 88} if name in {"JPEG", "WEBP"} else {"optimize": False}
    picture.save(out, format=name, **options)
    return out.getvalue()
