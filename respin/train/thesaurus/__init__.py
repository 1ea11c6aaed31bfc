"""Makes the table of `respin.dictionary.thesaurus` from WordNet's files."""
