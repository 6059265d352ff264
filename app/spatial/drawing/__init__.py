"""Grids as maps draw them: outlines simplified alike on both sides of a border, and the tiles of a map."""
