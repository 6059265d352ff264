"""The one place where the environment is read: `ONEGRID_*` variables and defaults."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Deployment settings; every field can be set as ONEGRID_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ONEGRID_", extra="ignore", frozen=True)

    database_url: str | None = Field(None, description="An existing PostGIS; unset: the private cluster under var_dir.")
    database_read_url: str | None = Field(None, description="A streaming replica; browsing and tiles are read there.")
    read_lag_limit_s: float = Field(5.0, description="A replica further behind is not read.")
    var_dir: Path = Field(PROJECT_DIR / "var", description="Cluster, uploads and logs of this checkout.")
    host: str = Field("127.0.0.1", description="Address that `serve` binds to.")
    port: int = Field(8000, description="Port that `serve` binds to.")
    public_url: str = Field("", description="Address that people use, for links; empty: http://host:port.")
    public_lookup: bool = Field(False, description="Open look-up and tiles to callers without a key.")
    public_page: bool = Field(False, description="Open the residents' page and its routes to everybody.")
    cors_origins: list[str] = Field(default_factory=list, description="Origins that browsers may call from.")
    base_map: list[str] = Field(
        default_factory=list,
        description="Raster tile templates ({z}/{x}/{y}), bottom first; or a MapLibre style's URL.",
    )
    base_map_origins: list[str] = Field(
        default_factory=list, description="Further origins that the base map's style fetches from."
    )
    upload_limit_mb: int = Field(512, description="Largest upload, in MiB.")
    body_limit_mb: int = Field(64, description="Largest request body other than an upload, in MiB.")
    session_hours: float = Field(12.0, description="How long a sign-in lasts.")
    sign_in_link_minutes: float = Field(60.0, description="How long a one-time sign-in link can be used.")
    secure_cookies: bool = Field(False, description="Send the session cookie over HTTPS only; set it behind TLS.")
    trusted_proxies: list[str] = Field(default_factory=list, description="Proxies whose X-Forwarded-For is believed.")
    nearest_limit_m: float = Field(2000.0, description="Outside every grid: how far away the nearest one is named.")
    time_zone: str = Field("Asia/Shanghai", description="Zone of dates given without one, and of answers.")
    log_format: Literal["json", "text"] = Field("json", description="Form of the log lines.")
    webhook_keep_days: int = Field(
        90, ge=1, description="How long messages to webhooks are kept, to be looked at and replayed."
    )
    webhook_local: bool = Field(False, description="Webhooks may go to this machine and its link: for tests.")
    worker_concurrency: int = Field(1, description="Runs that one worker executes side by side.")

    @property
    def uploads_dir(self) -> Path:
        return self.var_dir / "uploads"

    @property
    def address(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


@cache
def get_settings() -> Settings:
    """Settings of this process, read once."""
    return Settings()
