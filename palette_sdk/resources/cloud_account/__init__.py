"""Cloud accounts: credentials that Palette keeps, written and never read back."""
