"""Which characters the bytes of a table mean: as told, as the file says, or as the text itself makes likeliest.

A shapefile's table (.dbf) says it in the .cpg beside it or in its language byte (LDID), wrongly or not at all more
often than not; so what a file says is held against the bytes, and every answer comes with its reason for the
preview.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from charset_normalizer import from_bytes

MAX_SAMPLE = 400_000
"""Bytes of text looked at; more does not change the answer and detection is slow."""

LDID_CODECS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x04: "mac_roman", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949",
    0x4F: "cp950", 0x50: "cp874", 0x57: "cp1252", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866",
    0x66: "cp865", 0x67: "cp861", 0x6A: "cp737", 0x6B: "cp857", 0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030",
    0x7B: "cp932", 0x7C: "cp874", 0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253",
}  # fmt: skip
"""Language byte 29 of a .dbf → codec (ESRI's and Visual FoxPro's tables). GB 18030 reads all of GBK and GB 2312."""

CPG_CODECS = {
    "utf8": "utf-8", "65001": "utf-8", "936": "gb18030", "cp936": "gb18030", "gb2312": "gb18030", "gbk": "gb18030",
    "gb18030": "gb18030", "54936": "gb18030", "950": "cp950", "cp950": "cp950", "big5": "big5", "949": "cp949",
    "932": "cp932", "874": "cp874", "latin1": "iso8859-1", "ansi1252": "cp1252",
    "1252": "cp1252", "oem437": "cp437", "437": "cp437", "utf16": "utf-16", "koi8r": "koi8-r", "koi8u": "koi8-u",
    "systemdefault": "",
}  # fmt: skip
"""What .cpg files say, without blanks and dashes, in lower case → codec; '' for words that say nothing."""

WESTERN = {"cp1252", "iso8859-1", "cp437", "cp850", "mac-roman", "ascii"}
"""Codecs that take any bytes without complaint and are what programs write when nobody chose."""

PLACE_WORDS = frozenset("区县市镇乡街道村路社居委会网格号东南西北中新江湖山河城园安和區縣鎮鄉號東網門臺灣")
"""Characters of names of places, simplified and traditional: one of them counts more than any other character."""


@dataclass(frozen=True)
class Encoding:
    codec: str
    reason: str


class UnknownEncoding(ValueError):
    """The name of an encoding that nobody knows."""


def codec_named(text: str) -> str:
    """Python's codec for a spoken or .cpg name ('GBK', '936', 'ANSI 1252', 'UTF-8'); '' when it says nothing.

    Raises UnknownEncoding.
    """
    word = "".join(c for c in text.strip().lower() if c.isalnum())
    if word in CPG_CODECS:
        return CPG_CODECS[word]
    plain = re.sub(r"^(?:iso)?8859(\d+)$", r"iso-8859-\1", word)
    for name in (text.strip(), f"cp{word}", word.replace("ansi", "cp").replace("oem", "cp"), plain):
        try:
            found = codecs.lookup(name)
        except (LookupError, ValueError):
            continue
        if found._is_text_encoding:
            return found.name
    raise UnknownEncoding(text.strip())


def table_encoding(values: Sequence[bytes], *, asked: str | None, cpg: str | None, ldid: int) -> Encoding:
    """The encoding of a table's texts: `asked` for, else its .cpg, else its language byte, else the likeliest.

    What .cpg and language byte say is believed only if the bytes can be read so. Raises UnknownEncoding for `asked`.
    """
    if asked:
        return Encoding(codec_named(asked) or "utf-8", "as told with --encoding")
    texts = _sample(values)
    claim, said = _claim(cpg, ldid)
    if not texts:
        return Encoding(claim or "utf-8", f"{said}; all texts are plain ASCII" if said else "all texts are plain ASCII")
    found = detect(texts)
    if not claim:
        return Encoding(found.codec, f"{said + '; ' if said else ''}{found.reason}")
    if not _readable(texts, claim, strict=False):
        return Encoding(found.codec, f"{said}, but the texts cannot be read so; {found.reason}")
    if claim != "utf-8" and found.codec == "utf-8" and _has_cjk(texts):
        return Encoding("utf-8", f"{said}, but the texts are valid UTF-8")
    if codecs.lookup(claim).name in WESTERN and _chinese_score(texts, found.codec) > 0.8:
        return Encoding(found.codec, f"{said}, but the texts would be nonsense; {found.reason}")
    return Encoding(claim, said)


def detect(texts: Sequence[bytes]) -> Encoding:
    """The likeliest encoding of some short texts: UTF-8 if they are valid, else Chinese by its characters, else a
    detector's."""
    if _readable(texts, "utf-8") and not _utf8_by_chance(texts):
        return Encoding("utf-8", "the texts are valid UTF-8")
    best, scores = "", dict[str, float]()
    for strict in (True, False):
        scores = {c: _chinese_score(texts, c) for c in ("gb18030", "big5") if _readable(texts, c, strict=strict)}
        best = max(scores, key=lambda codec: scores[codec], default="")
        if best and scores[best] > 0.6:
            break
    if best and scores[best] > 0.6:
        title = "GBK/GB18030" if best == "gb18030" else "Big5"
        return Encoding(best, f"detected: {scores[best]:.0%} of the characters are common Chinese ones as {title}")
    match = from_bytes(b" ".join(texts)).best()
    if match is not None and _readable(texts, match.encoding):
        return Encoding(match.encoding, f"detected as {match.encoding}, not certain: look at the sample values")
    fallback = best or "cp1252"
    return Encoding(
        fallback, f"not certain, taken as {fallback}: look at the sample values, give --encoding if they are wrong"
    )


def decode(value: bytes, codec: str) -> tuple[str, bool]:
    """The text and whether it is whole; a character cut at the end (by a field's width) is left out, others become
    `\\ufffd`."""
    try:
        return value.decode(codec), True
    except UnicodeDecodeError:
        pass
    for cut in (1, 2, 3):
        try:
            return value[:-cut].decode(codec), False
        except UnicodeDecodeError:
            continue
    return value.decode(codec, errors="replace"), False


def _claim(cpg: str | None, ldid: int) -> tuple[str, str]:
    if cpg and cpg.strip():
        shown = cpg.strip()[:40]
        try:
            codec = codec_named(shown)
        except UnknownEncoding:
            return "", f"the .cpg says {shown!r}, which is not an encoding"
        return codec, f"the .cpg says {shown}"
    codec = LDID_CODECS.get(ldid, "")
    return codec, f"the table's language byte 0x{ldid:02X} says {codec}" if codec else ""


def _sample(values: Iterable[bytes]) -> list[bytes]:
    """The texts with other than ASCII characters, each once, up to MAX_SAMPLE bytes."""
    seen: dict[bytes, None] = {}
    size = 0
    for value in values:
        if not value.isascii() and value not in seen:
            seen[value] = None
            size += len(value)
            if size > MAX_SAMPLE:
                break
    return list(seen)


def _readable(texts: Iterable[bytes], codec: str, *, strict: bool = True) -> bool:
    """Whether every text can be decoded, but for a character cut at the end of a few of them (of any if not
    `strict`)."""
    total = cut = 0
    for text in texts:
        decoded, whole = decode(text, codec)
        total += 1
        cut += not whole
        if "\ufffd" in decoded:
            return False
    return not strict or cut <= total // 5


def _has_cjk(texts: Iterable[bytes]) -> bool:
    """Whether there are characters of three bytes in UTF-8: texts of another encoding are not valid UTF-8 then."""
    return any(ord(character) >= 0x0800 for text in texts for character in decode(text, "utf-8")[0])


def _utf8_by_chance(texts: Sequence[bytes]) -> bool:
    """Whether short GBK texts only happen to be valid UTF-8 ('太平' is): rare letters in the one, common Chinese in
    the other."""
    letters = [c for text in texts for c in decode(text, "utf-8")[0] if ord(c) > 127]
    rare = sum(0x0180 <= ord(c) <= 0x036F or 0x0530 <= ord(c) <= 0x07FF for c in letters)
    return 2 * rare > len(letters) and _readable(texts, "gb18030") and _chinese_score(texts, "gb18030") > 0.9


def _chinese_score(texts: Iterable[bytes], codec: str) -> float:
    """0 to 1: how common the other-than-ASCII characters are in Chinese; place words weigh threefold."""
    score = weight = 0.0
    for text in texts:
        for character in decode(text, codec)[0]:
            if ord(character) < 128:
                continue
            heavy = 3.0 if character in PLACE_WORDS else 1.0
            weight += heavy
            score += heavy * _commonness(character, codec)
    return score / weight if weight else 0.0


@lru_cache(maxsize=60_000)
def _commonness(character: str, codec: str) -> float:
    """1 for first-level characters of the script that goes with the codec, 0.5 for the second level, 0 for the rest.

    GB 2312 has 3,755 of the first level in lead bytes B0 to D7, Big5 5,401 in A4 to C6. Traditional characters in GBK
    are possible, but rare.
    """
    if character in "（）、，。·—“”：；《》～" or "\uff10" <= character <= "\uff5a":
        return 1.0
    own = _level(character, "big5", 0xA4, 0xC6) if codec == "big5" else _level(character, "gb2312", 0xB0, 0xD7)
    return own or (0.5 * _level(character, "big5", 0xA4, 0xC6) if codec == "gb18030" else 0.0)


def _level(character: str, codec: str, low: int, first: int) -> float:
    try:
        lead = character.encode(codec)[0]
    except UnicodeEncodeError:
        return 0.0
    return 0.0 if lead < low else 1.0 if lead <= first else 0.5
