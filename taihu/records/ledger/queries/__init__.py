"""Reads on money; each has a fixed number of statements."""
