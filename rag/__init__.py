"""Footnote's engine: from files to verified, cited answers. Knows nothing about web pages."""
