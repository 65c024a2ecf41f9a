"""The service: what a centre runs. Folders point one way; DESIGN and the import contracts say
which.
"""
