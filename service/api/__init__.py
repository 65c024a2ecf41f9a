"""REST over the actions: a handler parses, calls one action, renders. No rules live here."""
