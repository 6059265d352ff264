"""Cases: their states, steps, clocks, duplicates and moves, as pure decisions."""
