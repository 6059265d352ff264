"""From networks to pieces: the overlay, slivers, quantities, lineage."""
