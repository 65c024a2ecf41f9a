"""Practice platforms on loopback that speak the real wire formats, for demo, training and tests.

Nothing here imports the rest of `service`; nothing here answers anybody but this machine.
"""
