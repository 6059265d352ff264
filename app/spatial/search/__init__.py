"""The search of a division: from pieces of one territory to the best grids that can be found in the time."""
