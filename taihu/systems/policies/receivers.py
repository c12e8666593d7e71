"""What the policies do when something happened. Thin: ids in, one action."""
