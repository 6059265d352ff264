"""Pieces too large for a grid cut in parts: along roads, then by short lines at right angles."""
