"""The command `footnote`: a module for each of its commands."""
