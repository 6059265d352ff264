"""Scores: facts from the trails of cases, counts, indicators, deductions, rankings, and the chain that holds them."""
