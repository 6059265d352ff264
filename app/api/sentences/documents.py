"""Documents of the API in the language of the caller: which that is, and what of a document is a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.sentences.catalogue import catalogue, tell, told_word
from app.files.reports.words import wish

CHINESE, ENGLISH = "zh", "en"
SPOKEN = frozenset(
    (
        "says",
        "message",
        "remedy",
        "meaning",
        "reason",
        "reasons",
        "warnings",
        "notes",
        "detail",
        "crs_reason",
        "encoding_reason",
    )
)
"""Members that hold sentences of ours, or lists of them. A reason that a person gave fits no template and stays."""

GIVEN = frozenset(("attributes", "attrs", "parameters"))  # what people and their files say: never touched


def language_of(accept: str | None) -> str:
    """`zh` where Accept-Language (RFC 9110) prefers any Chinese to English, else `en`: the words of the code."""
    best = {CHINESE: 0.0, ENGLISH: 0.0}
    for each in (accept or "").split(","):
        name, _, weight = each.partition(";")
        primary = name.strip().lower().partition("-")[0]
        if primary in best:
            best[primary] = max(best[primary], _quality(weight))
    return CHINESE if best[CHINESE] > best[ENGLISH] else ENGLISH


def headers_of(language: str) -> dict[str, str]:
    """What an answer says of its language; caches keep one for each."""
    return {"Content-Language": "zh-CN" if language == CHINESE else ENGLISH, "Vary": "Accept-Language"}


def problem_in(language: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A problem document (also one that a run kept) with its sentences in the language."""
    if language != CHINESE:
        return dict(document)
    told = {name: _spoken(name, value) for name, value in document.items()}
    if document.get("proposals"):
        told["reasons"] = [wish(each, CHINESE) for each in document["proposals"]]
    told["title"] = told_word(str(document.get("title", "")))
    told["detail"] = _in_file(document) if document.get("file") else tell(str(document.get("detail", "")))
    return told


def answer_in(language: str, answer: Any) -> Any:
    """An answer with the sentences in its SPOKEN members re-told, at any depth."""
    if language != CHINESE:
        return answer
    if isinstance(answer, dict):
        return {name: _member(name, value) for name, value in answer.items()}
    return [answer_in(language, each) for each in answer] if isinstance(answer, list) else answer


def fault(error: Mapping[str, Any], language: str) -> str:
    """What pydantic found wrong, in words; without the value that was sent: it may be a password."""
    message = str(error["msg"])
    known = catalogue().faults.get(str(error["type"]))
    if language != CHINESE or known is None:
        return message
    context = {name: str(value) for name, value in error.get("ctx", {}).items()}
    if "error" in context:
        context["error"] = tell(context["error"])
    try:
        return known.format_map(context)
    except KeyError:  # pydantic gives another context than the table expects: its own words are better than none
        return message


def _member(name: str, value: Any) -> Any:
    if name in GIVEN:
        return value
    if name == "error" and isinstance(value, dict) and "detail" in value:
        return problem_in(CHINESE, value)
    if name in SPOKEN and isinstance(value, str | list):
        return _spoken(name, value)
    return answer_in(CHINESE, value)


def _spoken(name: str, value: Any) -> Any:
    if name in SPOKEN and isinstance(value, str):
        return told_word(value) if name == "message" else tell(value)
    if isinstance(value, list) and name in SPOKEN:
        return [tell(each) if isinstance(each, str) else answer_in(CHINESE, each) for each in value]
    return answer_in(CHINESE, value)


def _in_file(document: Mapping[str, Any]) -> str:
    """`file, row 3, field x: what is wrong — what to do`, as app.errors.FileError puts it together, taken apart."""
    file, row, field, remedy = (document.get(name) for name in ("file", "row", "field", "remedy"))
    place = str(file) + (f", row {row}" if row is not None else "") + (f", field {field}" if field else "")
    detail = str(document.get("detail", ""))
    if not detail.startswith(f"{place}: "):
        return tell(detail)
    said = detail.removeprefix(f"{place}: ").removesuffix(f" — {remedy}" if remedy else "")
    where = str(file) + (f"，第 {row} 行" if row is not None else "") + (f"，字段 {field}" if field else "")
    return f"{where}：{tell(said)}" + (f"——{tell(str(remedy))}" if remedy else "")


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
