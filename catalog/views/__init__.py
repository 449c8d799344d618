"""Pages of the catalog: each parses, reads or calls one capability, and renders."""
