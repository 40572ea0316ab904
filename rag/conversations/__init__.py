"""Conversations that are kept: one SQLite file, what people said of the answers, what changed."""
