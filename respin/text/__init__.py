"""Tokens, letter case, lines and inflection of English text."""
