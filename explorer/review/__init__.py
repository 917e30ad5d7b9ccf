"""Review by people: the categories they judge by."""
