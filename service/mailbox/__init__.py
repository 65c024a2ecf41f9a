"""What comes back by mail: read into plain values, and judged by a table of rules. No I/O here."""
