"""What pairs of texts and spun pages teach a dictionary."""
