"""What comes in and what goes out, as pydantic models. Shapes only: nothing is decided here."""
