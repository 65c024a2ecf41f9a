"""The API, through its ASGI interface, over a real Postgres."""
