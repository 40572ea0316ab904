"""Answers that are computed over the rows of a table or the items of a list."""
