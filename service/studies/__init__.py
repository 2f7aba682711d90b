"""Blind studies, as in the paper's Table 2: people say which release's edit is the best. No HTTP in here."""
