"""Question sets, metrics, and the reports they make."""
