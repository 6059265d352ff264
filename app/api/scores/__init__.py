"""Scores and appeals over HTTP."""
