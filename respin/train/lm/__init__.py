"""Train n-gram models."""
