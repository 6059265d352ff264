"""Departments, people, posts, and bringing them into the one grid."""
