"""Trains and measures the reader; nothing here is imported by the product."""
