"""From a question to a verified answer: retrieve, read, choose, generate, verify."""
