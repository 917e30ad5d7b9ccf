"""Review by people: the categories they judge by, and the rounds in which they do."""
