"""Fit the decoder's weights, and score them."""
