"""What decided transfers make of the posts: properties of conservation, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules.staff.transfer_effects import ACCEPTED, LEAVES, OPEN, STATES, Move, problems, seats, tally

LATER = datetime(2027, 1, 1, tzinfo=UTC)
HOURS = "Mon-Fri 08:00-12:00"


def test_two_posts_of_one_person_become_one_with_the_load_of_both() -> None:
    moves = [
        Move(1, 7, ACCEPTED, "J1", "grid_member", 0.5, HOURS, LATER),
        Move(2, 7, ACCEPTED, "J1", "grid_member", 0.3, "Mon-Fri 14:00-18:00"),
        Move(3, 7, ACCEPTED, "J1", "volunteer", 0.1),
    ]
    member, volunteer = seats(moves)
    assert (member.posts, member.load, member.until) == ((1, 2), 0.8, None)
    assert member.shift == "Mon-Fri 08:00-12:00,14:00-18:00"
    assert (volunteer.posts, volunteer.shift) == ((3,), "")
    assert tally(moves, [member, volunteer]).merged == 1


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        ([Move(1, 1, ACCEPTED, "J1", "grid_chief"), Move(2, 2, ACCEPTED, "J1", "grid_chief")], "2 chiefs: posts 1, 2"),
        ([Move(1, 1, ACCEPTED, None, "volunteer")], "post 1 is accepted without a grid"),
        (
            [Move(1, 1, ACCEPTED, "J1", "volunteer", 3.0), Move(2, 1, ACCEPTED, "J1", "volunteer", 3.0)],
            "a load above 5",
        ),
        (
            [
                Move(1, 1, ACCEPTED, "J1", "volunteer", 1.0, HOURS),
                Move(2, 1, ACCEPTED, "J1", "volunteer", 1.0, "Mon 09:00-10:00"),
            ],
            "their hours overlap",
        ),
        (
            [
                Move(1, 1, ACCEPTED, "J1", "volunteer", 1.0, HOURS),
                Move(2, 1, ACCEPTED, "J1", "volunteer", 1.0, "rota 2 from 2026-01-05: week 1 Sat 08:00-20:00"),
            ],
            "overlap or rotate",
        ),
    ],
)
def test_what_cannot_be_is_told_with_the_posts(moves: list[Move], says: str) -> None:
    (told,) = problems(moves)
    assert says in told


def test_one_chief_who_held_two_old_grids_is_one_chief() -> None:
    held = [Move(1, 1, ACCEPTED, "J1", "grid_chief"), Move(2, 1, ACCEPTED, "J1", "grid_chief")]
    assert problems(held) == []
    assert len(seats(held)) == 1


moves_drawn = st.lists(
    st.tuples(
        st.integers(1, 4), st.sampled_from(STATES), st.sampled_from(["J1", "J2", "J3"]),
        st.sampled_from(["grid_member", "volunteer"]), st.integers(1, 10),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60)
@given(moves_drawn)
def test_every_post_and_all_work_end_up_in_one_place(drawn: list[tuple[int, str, str, str, int]]) -> None:
    moves = [
        Move(number, person, state, grid, role, load / 10)
        for number, (person, state, grid, role, load) in enumerate(drawn)
    ]
    made = seats(moves)
    told = tally(moves, made)
    assert told.conserved
    assert sorted(post for seat in made for post in seat.posts) == [m.post for m in moves if m.state == ACCEPTED]
    assert (told.left, told.stayed) == tuple(sum(m.state == state for m in moves) for state in (LEAVES, OPEN))
    assert len({(seat.person, seat.role, seat.grid) for seat in made}) == len(made)
    assert not tally([*moves, Move(99, 9, ACCEPTED, "J1", "volunteer")], made).conserved, "a post lost is noticed"
