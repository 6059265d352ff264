"""Coordinate systems: named, guessed, moved, and what looks wrong about coordinates."""
