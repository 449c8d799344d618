"""REST of money; each view parses, calls one capability and renders."""
