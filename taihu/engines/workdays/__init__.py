"""Working days with adjusted holidays, and legal deadlines counted in them."""
