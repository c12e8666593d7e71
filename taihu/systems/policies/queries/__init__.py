"""Reads of the policies: named, stackable, with a fixed number of SQL statements."""
