"""Real Postgres and real Redis, started from installed packages, for one machine.

Start both from the main thread: the kernel ends them when the thread that started them ends.
"""
