"""One use case a file. Actions own their transactions; handlers and jobs call them and see none."""
