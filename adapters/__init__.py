"""Platforms that can be asked. The lowest layer: nothing here knows of `service`."""
