"""Train topic models."""
