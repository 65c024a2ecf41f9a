"""The contract that every adapter keeps, and what it takes to hold one to it.

`python -m adapters.contract PACKAGE.MODULE:CASE` does so; nothing that serves imports it. It needs
Hypothesis: `pip install 'efface[contract]'`.
"""
