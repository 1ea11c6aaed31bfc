"""Measurements of respin: accuracy, speed, the language model. Run with ``python -m benchmarks.NAME``."""
