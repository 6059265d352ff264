"""GCJ-02 (火星坐标) and BD-09 (百度坐标) to and from WGS 84: the public model, vectorised, exactly inverted.

Both systems are WGS 84 with a smooth deliberate shift of 100 to 700 m. The true transformation is a state secret; what
everybody uses is the model recovered by others (the polynomials and sines of `_shift`, on the Krasovsky 1940
ellipsoid) and Baidu's own polar shift on top of it. The model is as good as `GCJ02_UNCERTAINTY_M` and
`BD09_UNCERTAINTY_M` say, so a point nearer to a border than that cannot be given to one side with certainty.

All functions take and return (lon, lat) in degrees as float64 arrays of the same shape; NaN stays NaN. Points
outside the model's rectangle are returned as they are: the map services shift nothing there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Degrees = npt.NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

CHINA_RECTANGLE = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the rectangle inside which the public model shifts; it takes in neighbours too."""

GCJ02_UNCERTAINTY_M = 2.0
"""The model lies 0.67 m (median; 0.70 m at most) from the answers of the map services' own converters for 39 cities, as
published with the tests of gcoord (test/fixtures/china-cities.json). Doubled and more, because those converters
have changed over the years and the services round what they hand out."""

BD09_UNCERTAINTY_M = 2.0
"""As GCJ-02: Baidu's own shift is known exactly (at most 0.012 m off for the same cities), what lies below it is
not."""

KRASOVSKY_A = 6378245.0
KRASOVSKY_E2 = 0.00669342162296594323
BAIDU_FREQUENCY = np.pi * 3000.0 / 180.0
CONVERGED_DEG = 1e-11  # about one micrometre
MAX_STEPS = 30


def inside_china(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether each point is in the model's rectangle: a rough test that is true for parts of the neighbours as well."""
    west, south, east, north = CHINA_RECTANGLE
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    return _where_china(_to_gcj02, lon, lat)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """The exact inverse of `wgs84_to_gcj02`, by iteration (error far below 1 mm)."""
    return _where_china(lambda x, y: _invert(_to_gcj02, x, y), lon, lat)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    return _where_china(_to_bd09, lon, lat)


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    """The exact inverse of `gcj02_to_bd09`, by iteration; the widely copied closed form is off by up to a metre."""
    return _where_china(lambda x, y: _invert(_to_bd09, x, y), lon, lat)


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    return _where_china(lambda x, y: _to_bd09(*_to_gcj02(x, y)), lon, lat)


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    return _where_china(lambda x, y: _invert(_to_gcj02, *_invert(_to_bd09, x, y)), lon, lat)


def _where_china(change: Callable[[Degrees, Degrees], Pair], lon: npt.ArrayLike, lat: npt.ArrayLike) -> Pair:
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    x, y = x.copy(), y.copy()
    inside = inside_china(x, y)
    if inside.any():
        x[inside], y[inside] = change(x[inside], y[inside])
    return x, y


def _to_gcj02(lon: Degrees, lat: Degrees) -> Pair:
    east, north = _shift(lon - 105.0, lat - 35.0)
    phi = np.radians(lat)
    w = 1.0 - KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian = KRASOVSKY_A * (1.0 - KRASOVSKY_E2) / (w * np.sqrt(w))
    prime_vertical = KRASOVSKY_A / np.sqrt(w)
    return lon + np.degrees(east / (prime_vertical * np.cos(phi))), lat + np.degrees(north / meridian)


def _shift(x: Degrees, y: Degrees) -> Pair:
    """The model's shift in metres east and north, at x, y degrees from 105 E 35 N."""
    common = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    return east, north


def _to_bd09(lon: Degrees, lat: Degrees) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(BAIDU_FREQUENCY * lat)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(BAIDU_FREQUENCY * lon)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(forward: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """Fixed-point iteration: the shift changes by at most 2 % of a step, so each step gains about two digits."""
    x, y = lon, lat
    for _ in range(MAX_STEPS):
        fx, fy = forward(x, y)
        dx, dy = lon - fx, lat - fy
        x, y = x + dx, y + dy
        if max(np.abs(dx).max(), np.abs(dy).max()) < CONVERGED_DEG:
            break
    return x, y
