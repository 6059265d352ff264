"""From several networks to one: consolidation, division, edits, judgement, publication."""
