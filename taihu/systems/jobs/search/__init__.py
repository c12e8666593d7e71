"""Full-text search of the openings: an index in the data folder of each node, kept current from the outbox."""
