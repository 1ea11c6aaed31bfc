"""Going through the edits of a text by hand."""
