"""Reading openings from files: a mapping says what the columns mean, `understanding` reads one row, `writing` stores many."""
