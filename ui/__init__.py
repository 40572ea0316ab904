"""Footnote's page: the chat in a browser. Knows how to show an answer, not how to find one."""
