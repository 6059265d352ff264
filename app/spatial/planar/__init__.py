"""A planar arrangement of one's own: segments noded on an integer grid, arcs, faces and whose they are."""
