"""Pages of access: parse, call one capability, render."""
