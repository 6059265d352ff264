"""Look-ups answered by the server's protocol, over a socket, against the documented route."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
import uvicorn
from adversarial_points import border_points, messy, tiling
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import publish
from sqlalchemy.orm import Session

from app.api import callers
from app.api.lookup.quick_lookup import QuickLookup
from app.api.lookup.quick_protocol import QuickProtocol

PATH = "/api/v1/lookup"
CELLS = tiling(np.random.default_rng(5), 20, (113.0, 22.0), 0.02)
MESS = messy(np.random.default_rng(5), 12, (113.0, 22.0), 0.01)
CORNERS = border_points(CELLS, np.random.default_rng(6), 1)
POINTS = st.one_of(
    st.tuples(st.floats(112.99, 113.04), st.floats(21.99, 22.04)),
    st.sampled_from(CORNERS.tolist()).map(tuple),
    st.tuples(st.floats(-200, 200), st.floats(-100, 100)),
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "network": st.sampled_from(["unified", "governance", "governance,unified", "later", "none"]),
        "accuracy_m": st.sampled_from(["0", "12.5", "3e2", "-1"]),
        "crs": st.sampled_from(["wgs84", "gcj02", "bd09", "cgcs2000", "EPSG:4326", "mars"]),
        "at": st.sampled_from(["2026-11-21T09:00:00%2B08:00", "2019-01-01", "2031-01-01", "soon"]),
    },
)
LEFT_OUT = {"at", "request_id", "instance"}


class Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.socket.makefile("rb")

    def ask(self, *requests: str) -> list[tuple[int, dict[str, str], bytes]]:
        """Several requests at once, each `GET /path` with lines of headers; status, headers and body of each answer."""
        sent = [each.replace("\n", "\r\n") + "\r\n\r\n" for each in requests]
        self.socket.sendall("".join(sent).encode())
        return [self._answer(head=each.startswith("HEAD")) for each in requests]

    def _answer(self, *, head: bool) -> tuple[int, dict[str, str], bytes]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().decode().rstrip("\r\n"):
            name, _, value = line.partition(": ")
            assert name not in headers
            headers[name] = value
        return status, headers, b"" if head else self.file.read(int(headers["content-length"]))


@pytest.fixture
def key(session: Session, make_key: Callable[..., dict[str, str]]) -> str:
    publish(session, "unified", [f"U{i:02d}" for i in range(len(CELLS))], CELLS, kinds=["resident"] * len(CELLS))
    publish(session, "governance", [f'格,"{i}' for i in range(len(MESS))], MESS)
    publish(session, "later", ["L"], CELLS[:1], valid_from=datetime.now(UTC) + timedelta(days=9))
    return make_key("lookup")["Authorization"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question put to QuickLookup was answered, its head having been read."""
    monkeypatch.setattr(callers, "REMEMBERED_S", 3600.0)  # on a busy machine a second is over before the next request
    return _noted(monkeypatch, "made")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request that looked like one was answered with its head unread."""
    return _noted(monkeypatch, "repeated")


def _noted(monkeypatch: pytest.MonkeyPatch, method: str) -> list[bool]:
    said: list[bool] = []
    whole = getattr(QuickLookup, method)

    def noted(self: QuickLookup, *asked: object) -> tuple[bytes, bytes] | None:
        made: tuple[bytes, bytes] | None = whole(self, *asked)
        said.append(made is not None)
        return made

    monkeypatch.setattr(QuickLookup, method, noted)
    return said


@pytest.fixture
def line(client: TestClient, key: str, asked: list[bool]) -> Iterator[Line]:
    config = uvicorn.Config(
        client.app, http=QuickProtocol, lifespan="off", access_log=False, log_config=None, proxy_headers=False
    )
    server, bound = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()
    line = Line(bound.getsockname()[1])
    line.ask(get("lon=113.01&lat=22.01", key))  # the first question loads the networks and remembers the key
    asked.clear()
    yield line
    server.should_exit = True
    line.socket.close()
    thread.join(30)


def get(query: str, key: str, *more: str, path: str = PATH) -> str:
    return "\n".join([f"GET {path}?{query} HTTP/1.1", "Host: x", f"Authorization: {key}", *more])


def told(body: bytes) -> dict[str, object]:
    return {name: value for name, value in json.loads(body).items() if name not in LEFT_OUT}


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(point=POINTS, parameters=PARAMETERS)
def test_any_question_has_the_answer_of_the_documented_route(
    line: Line, key: str, point: tuple[float, float], parameters: dict[str, str]
) -> None:
    query = "&".join([f"lon={point[0]!r}", f"lat={point[1]!r}", *(f"{k}={v}" for k, v in parameters.items())])
    (status, headers, body), (slow, slow_headers, slow_body) = line.ask(
        get(query, key), get(query, key, "Cookie: theme=dark")
    )
    assert (status, told(body)) == (slow, told(slow_body))
    assert headers.keys() == slow_headers.keys()


def test_plain_questions_are_answered_without_the_application(
    line: Line, key: str, asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(QuickLookup, "answer")
    points = shapely.get_coordinates(shapely.point_on_surface(CELLS)).round(7).tolist()
    answers = line.ask(*[get(f"lon={x}&lat={y}&network=unified", key, "X-Request-ID: 12345678") for x, y in points])
    assert asked == [True] * len(points)
    codes = [json.loads(body)["grids"][0]["code"] for _, _, body in answers]
    assert codes == [f"U{i:02d}" for i in range(len(CELLS))]


def test_lines_that_came_before_are_not_read_again(
    line: Line, key: str, asked: list[bool], unread: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = shapely.get_coordinates(shapely.point_on_surface(CELLS)).round(7).tolist()
    every = [get(f"lon={x}&lat={y}&network=unified", key, "Accept: a/b") for x, y in points]
    learned = line.ask(every[0])[0]
    assert (asked, unread) == ([True], [False])
    monkeypatch.delattr(QuickLookup, "made")
    answers = [line.ask(each)[0] for each in every]
    assert unread == [False] + [True] * len(every)
    assert told(answers[0][2]) == told(learned[2])
    assert [json.loads(body)["grids"][0]["code"] for _, _, body in answers] == [f"U{i:02d}" for i in range(len(CELLS))]
    assert {frozenset(headers) for _, headers, _ in answers} == {frozenset(learned[1])}
    assert len({headers["x-request-id"] for _, headers, _ in answers}) == len(answers)


@pytest.mark.parametrize("more", ["Cookie: a=b", "X-Request-ID: 12345678", "Expect: 100-continue"])
def test_lines_that_ask_for_more_are_read_each_time(line: Line, key: str, unread: list[bool], more: str) -> None:
    answers = [line.ask(get("lon=113.01&lat=22.01", key, more))[0] for _ in range(2)]
    assert [status for status, _, _ in answers] == [200, 200]
    assert unread == [False, False]


def test_a_request_in_parts_is_put_together(line: Line, key: str) -> None:
    whole = (get("lon=113.01&lat=22.01", key).replace("\n", "\r\n") + "\r\n\r\n").encode()
    bodies = [line.ask(get("lon=113.01&lat=22.01", key))[0][2] for _ in range(2)]
    between = Line(line.socket.getpeername()[1])
    for cut in (1, 20, 60, len(whole) - 1):
        line.socket.sendall(whole[:cut])
        between.ask(get("lon=113.01&lat=22.01", key))  # meanwhile the first part has come
        line.socket.sendall(whole[cut:] + whole)
        bodies += [line._answer(head=False)[2] for _ in range(2)]
    assert {json.dumps(told(body)) for body in bodies} == {json.dumps(told(bodies[0]))}


def test_requests_in_one_packet_are_answered_in_their_order(line: Line, key: str) -> None:
    quick, slow = get("lon=113.01&lat=22.01", key), get("lon=113.01&lat=22.01", key, "Cookie: a=b")
    named = [f"{each}\nX-Request-ID: question-{at}" for at, each in enumerate([quick, slow, quick, slow, slow, quick])]
    answers = line.ask(*named)
    assert [headers["x-request-id"] for _, headers, _ in answers] == [f"question-{at}" for at in range(6)]
    assert len({json.dumps(told(body)) for _, _, body in answers}) == 1


@pytest.mark.parametrize(
    ("request_line", "more", "status"),
    [
        ("HEAD", "", 405),
        ("POST", "Content-Length: 0", 405),
        ("GET", "Expect: 100-continue", 200),
        ("GET", "Connection: keep-alive", 200),
        ("GET", "Connection: close", 200),
        ("GET", "Authorization: Bearer og_made_up", 401),
    ],
)
def test_what_is_no_ordinary_question_takes_its_usual_way(
    line: Line, key: str, request_line: str, more: str, status: int
) -> None:
    asked = get("lon=113.01&lat=22.01", key, *([more] if more else [])).replace("GET", request_line, 1)
    if "Authorization" in more:
        asked = asked.replace(f"Authorization: {key}\n", "")
    (found, headers, _) = line.ask(asked)[0]
    assert found == status
    assert (headers.get("connection") == "close") == ("close" in more)
