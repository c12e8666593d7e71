"""The policy editor's own work: a policy text as nested plain values that a form can change, and back to text."""
