"""Search over the operations that are served, nested under their APIs (docs/search.md)."""
