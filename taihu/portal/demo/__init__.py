"""A city to try things in: deterministic, synthetic and labelled so. No name in it belongs to anybody."""
