"""What respin exists for: candidates, lattice, decoding, evidence."""
