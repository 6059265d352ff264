"""Who owns a point, a shape, or the rows of a table."""
