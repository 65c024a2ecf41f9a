"""The record: tables, transactions, sealing, and the one function that writes state."""
