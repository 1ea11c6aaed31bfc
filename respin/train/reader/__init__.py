"""Train the reader: spin clean text, fine-tune an encoder on it, write its file."""
