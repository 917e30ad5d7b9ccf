"""Labels that came back: whose they are, and what they change."""
