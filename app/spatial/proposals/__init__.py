"""What a planner is offered: several plans to choose from, and what could be instead of a wish that cannot be met."""
