"""SQLAlchemy tables, nothing else. Importing this package registers every table in `Base.metadata`."""

from app.models import audit, editions, grids, keys, layers, networks, plan_edits, plans, runs, users
from app.models.base import Base

__all__ = ["Base", "audit", "editions", "grids", "keys", "layers", "networks", "plan_edits", "plans", "runs", "users"]
