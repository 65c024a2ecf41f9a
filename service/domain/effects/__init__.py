"""What each effect of the tables does: it changes the `World` and yields the moves that follow."""
