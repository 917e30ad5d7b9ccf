"""What the page of the loop is made of."""
