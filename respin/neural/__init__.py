"""The runtime of the second opinion: a small causal language model."""
