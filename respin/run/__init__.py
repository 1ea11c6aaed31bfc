"""From options to a loaded repairer, and a run over the sources."""
