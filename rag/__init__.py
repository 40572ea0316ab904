"""Footnote's engine: from files to cited answers. Knows nothing about web pages."""
