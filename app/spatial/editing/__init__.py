"""Edits of a divided plan by hand: a plan in memory, each edit a plain function from plan and wish to change."""
