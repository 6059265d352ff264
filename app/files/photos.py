"""What a photograph says beside its picture — where it was taken, when, with which device — taken out of it.

A picture that says nothing of the kind stays as it is, to the byte; every other is written anew: turned as it was meant
to be seen, PNG to the same pixels, JPEG with the tables that it was made with.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from app.errors import InputError

MOST_PIXELS = 64_000_000
"""More than telephones take; a small file can unfold to more than a server's memory."""
FORMATS = ("JPEG", "PNG", "WEBP")
HARMLESS = frozenset({"APP0", "APP14"})  # JFIF and Adobe: how the colours are stored
PROFILE = b"ICC_PROFILE"
KEPT = ("icc_profile", "transparency")
TOLD = ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif", "comment", "photoshop")
WEBP_QUALITY = 90
END = b"\xff\xd9"
Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is unpacked


def without_metadata(content: bytes, name: str) -> bytes:
    """A JPEG, PNG or WebP picture without EXIF, XMP, IPTC, comments and what is hung on behind it.

    Raises InputError for a picture that is damaged, has more than 64 million pixels, or is of another format: nothing
    can be taken out of it.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise InputError(f"{name} has more than {MOST_PIXELS:,} pixels: make it smaller")
            picture.load()
            return content if _is_bare(picture, content) else _written(picture)
    except UnidentifiedImageError as error:
        raise InputError(
            f"{name} is no JPEG, PNG or WebP picture; where it was taken cannot be taken out of others: send it as JPEG"
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{name} is damaged: {error}") from error


def _is_bare(picture: Image.Image, content: bytes) -> bool:
    if any(name in picture.info for name in TOLD) or getattr(picture, "text", None) or picture.getexif():
        return False
    segments = getattr(picture, "applist", [])
    harmless = all(name in HARMLESS or (name == "APP2" and data.startswith(PROFILE)) for name, data in segments)
    return harmless and (picture.format == "PNG" or picture.format == "WEBP" or content.endswith(END))


def _written(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    kept = {name: picture.info[name] for name in KEPT if name in picture.info}
    plain = ImageOps.exif_transpose(picture)
    plain.info = {}
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        plain.save(out, "JPEG", optimize=True, **_tables(picture), **kept)
    elif picture.format == "PNG":
        plain.save(out, "PNG", **kept)
    else:
        plain.save(out, "WEBP", quality=WEBP_QUALITY, **kept)
    return out.getvalue()


def _tables(picture: JpegImagePlugin.JpegImageFile) -> dict[str, Any]:
    return {"qtables": picture.quantization, "subsampling": JpegImagePlugin.get_sampling(picture)}
