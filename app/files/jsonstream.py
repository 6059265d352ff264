"""JSON read piece by piece: one value at a time in memory, and the line and column where it stops being JSON."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

CHUNK = 1 << 22
TAIL = 4096
"""An error this near to the end of what was read may only mean that the value goes on."""
BLANK = re.compile(r"[ \t\r\n\x1e]*")


class JsonFault(Exception):
    """Not JSON, with the place: `line` and `column` from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


class JsonStream:
    """A cursor in a JSON file. `members` and `items` must be used up before the cursor goes on."""

    def __init__(self, path: Path, codec: str) -> None:
        self._file = path.open("rb")
        self._codec = codec
        self._decoder = codecs.getincrementaldecoder(codec)(errors="replace")
        self._json = json.JSONDecoder(parse_constant=_no_constant)
        self._text = ""
        self._at = 0
        self._ended = False
        self._lines = 0  # newlines in what was thrown away
        self._column = 0  # characters thrown away since the last newline

    def __enter__(self) -> JsonStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def peek(self) -> str:
        """The next character that is not blank; '' at the end."""
        while True:
            found = BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def at_end(self) -> bool:
        return self.peek() == ""

    def value(self) -> Any:
        """The next JSON value."""
        self.peek()
        while True:
            try:
                made, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                goes_on = error.pos >= len(self._text) - TAIL or error.msg.startswith("Unterminated")
                if goes_on and self._more():
                    continue
                self._fail(self._reason(error), error.pos)
            except ValueError as error:
                self._fail(str(error), self._at)
            except RecursionError:
                self._fail("nested too deeply", self._at)
            # A number may go on in the next chunk, and so may everything else that ends with the text.
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return made

    def members(self) -> Iterator[str]:
        """The keys of the object at the cursor; its value must be taken before the next key."""
        self._expect("{")
        if self._skip("}"):
            return
        while True:
            if self.peek() != '"':
                self._fail("a member name in double quotes is expected", self._at)
            name = str(self.value())
            self._expect(":")
            yield name
            if not self._after_member("}"):
                return

    def _after_member(self, closing: str) -> bool:
        """Whether another member follows."""
        if self._skip(","):
            return True
        if not self._skip(closing):
            self._fail(f"',' or '{closing}' is expected" + ("" if self.peek() else ", but the file ends"), self._at)
        return False

    def items(self) -> Iterator[Any]:
        """The values of the array at the cursor."""
        self._expect("[")
        if self._skip("]"):
            return
        while True:
            yield self.value()
            if self._at > CHUNK:
                self._forget()
            if not self._after_member("]"):
                return

    def _expect(self, character: str) -> None:
        if not self._skip(character):
            self._fail(f"'{character}' is expected" + ("" if self.peek() else ", but the file ends"), self._at)

    def _skip(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def _more(self) -> bool:
        """Read on, by as much as is held already (so that a long value is tried a few times only)."""
        if self._ended:
            return False
        self._forget()
        data = self._file.read(max(CHUNK, len(self._text)))
        self._ended = not data
        self._text += self._decoder.decode(data, final=not data)
        return True

    def _forget(self) -> None:
        gone = self._text[: self._at]
        newlines = gone.count("\n")
        self._lines += newlines
        self._column = len(gone) - gone.rfind("\n") - 1 if newlines else self._column + len(gone)
        self._text = self._text[self._at :]
        self._at = 0

    def _reason(self, error: json.JSONDecodeError) -> str:
        if error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated"):
            return "the file ends in the middle (cut off?)"
        words = {"Expecting ',' delimiter": "a comma is expected", "Expecting value": "a value is expected"}
        near = " ".join(self._text[max(error.pos - 12, 0) : error.pos + 12].split())
        return f"{words.get(error.msg, error.msg)} near {near!r}"

    def _fail(self, reason: str, at: int) -> NoReturn:
        self._at, position = at, at
        before = self._text[:position]
        newlines = before.count("\n")
        column = len(before) - before.rfind("\n") if newlines else self._column + len(before) + 1
        raise JsonFault(reason, self._lines + newlines + 1, column)
