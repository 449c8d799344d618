"""What changed between two descriptions of an API, and whom it can break."""
