"""Pages of the organisation: people, teams, service accounts, and the platform's tenants."""
