"""SQLAlchemy tables, nothing else. Importing this package registers every table in `Base.metadata`."""

from app.models import (
    audit,
    borders,
    departments,
    duties,
    editions,
    grids,
    keys,
    layers,
    matters,
    networks,
    people,
    plan_candidates,
    plan_edits,
    plans,
    posts,
    runs,
    users,
)
from app.models.base import Base

__all__ = [
    "Base",
    "audit",
    "borders",
    "departments",
    "duties",
    "editions",
    "grids",
    "keys",
    "layers",
    "matters",
    "networks",
    "people",
    "plan_candidates",
    "plan_edits",
    "plans",
    "posts",
    "runs",
    "users",
]
