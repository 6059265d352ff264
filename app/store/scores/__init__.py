"""Scores and what they rest on: rules, patrols, trails of many cases, appeals."""
