"""Photographs without what they say beside the picture: made by Pillow with places, devices and words in them."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from app.errors import InputError
from app.files.photos import without_metadata

DEVICE, PLACE, WORDS = b"Pear Phone 12", b"113.1234E", b"at my house"
ORIENTATION, MODEL, GPS, LON_REF = 0x0112, 0x0110, 0x8825, 3
FORMATS = ("JPEG", "PNG", "WEBP")


def picture() -> Image.Image:
    """Red on the left, blue on the right; wider than high."""
    pixels = np.zeros((32, 64, 3), dtype=np.uint8)
    pixels[:, :32, 0] = pixels[:, 32:, 2] = 255
    return Image.fromarray(pixels)


def told(form: str, orientation: int = 1) -> bytes:
    """The picture with a device and a place in its EXIF."""
    exif = Image.Exif()
    exif[MODEL], exif[ORIENTATION] = DEVICE.decode(), orientation
    exif.get_ifd(GPS)[LON_REF] = PLACE.decode()
    out = io.BytesIO()
    picture().save(out, form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))
    assert DEVICE in out.getvalue()
    assert PLACE in out.getvalue()
    return out.getvalue()


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as found:
        return np.asarray(found.convert("RGB"), dtype=int)


@pytest.mark.parametrize("form", FORMATS)
def test_place_and_device_go_and_the_picture_stays(form: str) -> None:
    bare = without_metadata(told(form), "a")
    assert not any(secret in bare for secret in (DEVICE, PLACE, b"Exif", b"EXIF", b"eXIf"))
    assert np.abs(pixels(bare) - pixels(told(form))).mean() <= (0 if form == "PNG" else 2)
    assert without_metadata(bare, "a") == bare  # nothing is left, so nothing is written anew


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_is_turned_as_it_was_meant_to_be_seen(form: str) -> None:
    """6: its right side is its top (EXIF 2.32, 4.6.4): red, on the left as stored, comes to the top."""
    found = pixels(without_metadata(told(form, 6), "a"))
    assert found.shape[:2] == (64, 32)
    assert found[8, 16].argmax() == 0
    assert found[56, 16].argmax() == 2


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_says_nothing_is_kept_to_the_byte(form: str) -> None:
    out = io.BytesIO()
    picture().save(out, form)
    assert without_metadata(out.getvalue(), "a") == out.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def test_other_words_in_a_jpeg_and_what_hangs_behind_it_go_too() -> None:
    out = io.BytesIO()
    picture().save(out, "JPEG")
    plain = out.getvalue()
    xmp, iptc = b"http://ns.adobe.com/xap/1.0/\0<x>" + WORDS, b"Photoshop 3.0\0" + WORDS
    for marker, content in ((0xE1, xmp), (0xED, iptc), (0xFE, WORDS), (0xE5, WORDS)):
        assert WORDS not in without_metadata(plain[:2] + segment(marker, content) + plain[2:], "a")
    assert WORDS not in without_metadata(plain + b"\0\0\0\x18ftypmp42" + WORDS, "a")  # a film behind a photograph


def test_words_in_a_png_go_and_its_transparency_stays() -> None:
    words, out = PngImagePlugin.PngInfo(), io.BytesIO()
    words.add_text("Comment", WORDS.decode())
    words.add_itxt("XML:com.adobe.xmp", WORDS.decode())
    clear = picture().convert("RGBA")
    clear.putalpha(40)
    clear.save(out, "PNG", pnginfo=words)
    bare = without_metadata(out.getvalue(), "a")
    assert WORDS not in bare
    with Image.open(io.BytesIO(bare)) as found:
        assert np.array_equal(np.asarray(found), np.asarray(clear))


def test_what_cannot_be_made_bare_is_refused_with_its_name() -> None:
    with pytest.raises(InputError, match=r"a\.jpg is damaged"):
        without_metadata(told("JPEG")[:400], "a.jpg")
    with pytest.raises(InputError, match=r"b\.heic.*send it as JPEG"):
        without_metadata(b"\0\0\0\x18ftypheic" + b"\0" * 100, "b.heic")
    huge = io.BytesIO()
    Image.new("1", (8001, 8001)).save(huge, "PNG")
    with pytest.raises(InputError, match="pixels"):
        without_metadata(huge.getvalue(), "c.png")
