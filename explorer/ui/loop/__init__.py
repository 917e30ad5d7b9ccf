"""What the Incoming page is made of."""
