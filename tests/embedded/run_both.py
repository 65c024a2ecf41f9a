"""A program for tests: starts both servers in the folder named, says so, and waits to be killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis

if __name__ == "__main__":
    began = time.monotonic()
    database = EmbeddedPostgres(Path(sys.argv[1]))
    database.start()
    redis = EmbeddedRedis(Path(sys.argv[1]))
    redis.start()
    print(f"ready after {time.monotonic() - began:.2f} s", flush=True)
    if sys.stdin.read() == "":  # until the test closes it
        redis.stop()
        database.stop()
