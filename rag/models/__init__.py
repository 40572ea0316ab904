"""The models: which there are, where their files lie, whether they are whole, and how they load."""
