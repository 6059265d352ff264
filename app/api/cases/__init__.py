"""Events, their cases, and the calendars that their clocks run by."""
