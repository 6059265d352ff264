"""Whether bytes are a photograph, by what they begin with: names and media types are whatever a sender says."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = 16
"""Bytes from the beginning that tell."""
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})


@dataclass(frozen=True)
class PhotoKind:
    ending: str
    media_type: str


JPEG, PNG = PhotoKind("jpg", "image/jpeg"), PhotoKind("png", "image/png")
WEBP, HEIF = PhotoKind("webp", "image/webp"), PhotoKind("heic", "image/heif")


def photo_kind(head: bytes) -> PhotoKind | None:
    """JPEG, PNG, WebP or HEIF; None for all else. Signatures: ISO/IEC 10918-1, ISO/IEC 15948, RFC 9649, ISO/IEC
    23008-12."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return HEIF if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS else None
