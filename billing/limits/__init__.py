"""Budgets and quotas: set, read beside what is used, forecast, and told of once."""
