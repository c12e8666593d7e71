"""Policies of the city: rules as data, applications, decisions and payments."""
