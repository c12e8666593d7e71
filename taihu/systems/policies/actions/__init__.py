"""Writes of the policies, one verb each."""
