"""Moments, time ranges, calendars and working time."""
