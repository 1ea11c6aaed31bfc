"""Synonym groups: read, indexed, checked, described, exchanged."""
