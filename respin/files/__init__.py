"""Files found, read as streams and written whole."""
