"""The read side: what is shown, and the entry that says that it was shown."""
