"""What the job market does when something happened. Thin: ids in, one action."""
