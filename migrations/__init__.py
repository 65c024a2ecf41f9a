"""How the database got its shape, one step a file. Run by `efface migrate`, by a role that owns the
tables.
"""
