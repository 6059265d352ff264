"""A document of ours as PDF, by WeasyPrint in a process of its own.

Of its own, because setting a page takes seconds of computing, which must not stop look-ups, and because WeasyPrint
needs libraries of the system (Pango), without which OneGrid must run nevertheless.
"""

from __future__ import annotations

import subprocess
import sys

from app.errors import Unavailable

TIMEOUT_S = 120
REMEDY = "on Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-wqy-microhei"


def to_pdf(html: str, *, python: str = sys.executable) -> bytes:
    """Pages as the document's own style sets them, fonts embedded. Raises Unavailable where it cannot be made."""
    command = [python, "-m", "weasyprint", "--encoding", "utf-8", "--quiet", "-", "-"]
    try:
        done = subprocess.run(command, input=html.encode(), capture_output=True, check=False, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the PDF was not ready after {TIMEOUT_S} s; ask for the report as HTML") from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF"):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"the PDF cannot be made: {said[-1] if said else 'no word why'} — {REMEDY}")
    return done.stdout
