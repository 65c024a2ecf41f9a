"""Plain functions over frozen values: what may happen and what follows. No I/O, no clock, no
ORM.
"""
