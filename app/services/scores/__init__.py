"""Scores of grids, people, departments and areas: told, chained, checked, appealed against, exported."""
