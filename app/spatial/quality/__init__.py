"""What is wrong with a network, what a repair changes, and what networks say about each other."""
