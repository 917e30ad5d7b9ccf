"""What the page of the data set is made of."""
