"""Rules of a division as words: what each becomes, and what is refused."""

from __future__ import annotations

import pytest

from app.cli.plans import division_options
from app.errors import InputError


def test_loads_of_one_kind_or_of_all():
    found = division_options.loads(["people=1", "business:jobs=0.5,100,200,300"])
    assert found["resident"] == [{"quantity": "people", "weight": 1.0, "band": None}]
    assert found["business"][1] == {"quantity": "jobs", "weight": 0.5, "band": [100.0, 200.0, 300.0]}
    assert set(found) == {"resident", "business", "institution"}


def test_bands_of_areas_compounds_and_bridges():
    assert division_options.area_bands(["440115:resident=200,300,400", "440115:business=1,2,3"]) == {
        "440115": {"resident": [200.0, 300.0, 400.0], "business": [1.0, 2.0, 3.0]}
    }
    assert division_options.compounds(["花园=2", "a=b=1"]) == {"花园": 2, "a=b": 1}
    assert division_options.bridges(["12/57/ferry/at night", "113.5,22.7/8"]) == [
        {"from": 12, "to": 57, "why": "ferry/at night"},
        {"from": [113.5, 22.7], "to": 8, "why": ""},
    ]


@pytest.mark.parametrize(
    ("read", "word", "message"),
    [
        (division_options.loads, "people", "1 or 4 numbers"),
        (division_options.loads, "people=1,2", "1 or 4 numbers"),
        (division_options.area_bands, "a:resident=3,2,1", "MIN ≤ TARGET ≤ MAX"),
        (division_options.compounds, "garden", "not CODE=N"),
        (division_options.compounds, "garden=many", "not CODE=N"),
        (division_options.bridges, "12", "not FROM/TO"),
        (division_options.bridges, "here/there", "2 numbers"),
    ],
)
def test_what_means_nothing_is_refused(read, word, message):
    with pytest.raises(InputError, match=message):
        read([word])
