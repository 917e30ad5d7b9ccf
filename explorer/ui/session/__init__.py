"""What one person is looking at: session keys, selection, filters, search, messages, and going on after a reload."""
