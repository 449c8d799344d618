"""Pages of money: parse, call one capability, render."""
