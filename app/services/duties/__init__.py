"""Matters, duty lines, and the responsibility matrix."""
