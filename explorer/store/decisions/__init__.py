"""What people decided: append-only events, never rebuilt."""
