"""From use to money: prices as curves, the card in force, a month's charges."""
