"""`onegrid_lookup(lon, lat, network, at, as_known_at)`: the owner of a point, for whoever works in SQL.

Revision ID: 0003_lookup_function
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003_lookup_function"
down_revision = "0002"
branch_labels = None
depends_on = None

# ST_Covers takes a short cut for points that rounds: beside an edge a degree long it errs about once in 6,000 points
# that lie within one ulp of it. So it decides away from the border, and ST_Relate, which works in GEOS's extended
# precision as the index in memory does but costs five times as much, within a tenth of a millimetre of it (1e-9 of
# a degree; the rounding is a millionth of that). Codes compare byte by byte in every database.
FUNCTION = """
CREATE FUNCTION onegrid_lookup(
    lon double precision,
    lat double precision,
    network text,
    at timestamptz DEFAULT now(),
    as_known_at timestamptz DEFAULT NULL
)
RETURNS TABLE (edition bigint, code text, name text, kind text, area text, on_boundary boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT g.edition_id, g.code, g.name, g.kind, g.area,
           ST_DWithin(ST_Boundary(g.geom), p.geom, 1e-9) AND ST_Relate(p.geom, g.geom, '*0*******')
    FROM (SELECT ST_SetSRID(ST_MakePoint(onegrid_lookup.lon, onegrid_lookup.lat), 4326) AS geom) AS p
    JOIN networks AS n ON n.code = onegrid_lookup.network
    JOIN validities AS v ON v.network_id = n.id
    JOIN grids AS g ON g.edition_id = v.edition_id AND g.geom && p.geom
    WHERE v.valid @> onegrid_lookup.at
      AND CASE WHEN onegrid_lookup.as_known_at IS NULL THEN upper_inf(v.recorded)
               ELSE v.recorded @> onegrid_lookup.as_known_at END
      AND CASE WHEN ST_DWithin(ST_Boundary(g.geom), p.geom, 1e-9) THEN ST_Relate(p.geom, g.geom, '**F******')
               ELSE ST_Covers(g.geom, p.geom) END
    ORDER BY g.code COLLATE "C"
    LIMIT 1
$$
"""
COMMENT = """
COMMENT ON FUNCTION onegrid_lookup(double precision, double precision, text, timestamptz, timestamptz) IS
'Grid of a network that owns a WGS 84 point at a moment (docs/lookup.md): of the grids that cover it the lowest code'
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute(COMMENT)


def downgrade() -> None:
    op.execute("DROP FUNCTION onegrid_lookup(double precision, double precision, text, timestamptz, timestamptz)")
