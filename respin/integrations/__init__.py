"""Steps for pipelines that exist: each module needs the library that it is named after, and no other."""
