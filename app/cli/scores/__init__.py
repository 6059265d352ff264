"""Scores and appeals on the command line."""
