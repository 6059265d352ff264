"""Plans judged: sizes, shapes, what they cut, who moves, and what work they would bring."""
