"""Notices of the database that what the look-up keeps in memory has changed (migration 0014)."""

from __future__ import annotations

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

CHANNEL = "onegrid_lookup"


class ChangeNotices:
    """Listens on a connection of its own, opened when first asked and again after it was cut. For one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: psycopg.Connection | None = None

    def wait(self, seconds: float) -> bool:
        """Until a notice, or for so long. False at once when the connection is cut or cannot be had: changes of the
        meantime were not told."""
        try:
            if self._connection is None:
                self._connection = self._listen()
                return True  # what changed before is asked about now
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
        except (psycopg.Error, SQLAlchemyError, OSError):
            self.close()
            return False
        return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listen(self) -> psycopg.Connection:
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        assert isinstance(connection, psycopg.Connection)
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        return connection
