"""Web forms as rows of data: `row` says what a row holds, `filed` turns one into an adapter.

The other modules hold rows only. What a form asks, what an address stands for, and how a public
endpoint is read are values there; the only code is in `filed`.
"""
