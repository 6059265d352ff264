"""From pieces to grids: kinds, division, splits, scores, codes."""
