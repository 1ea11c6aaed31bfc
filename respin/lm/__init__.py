"""The n-gram language model and the container of its file."""
