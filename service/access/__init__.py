"""Who may ask for what, and how much of it: API keys, their limits and quotas. No HTTP in here."""
