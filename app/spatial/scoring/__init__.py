"""The four principles and what else tells how good grids and plans are."""
