"""Reads on official cases."""
