"""What the pages of subsets and of growth are made of."""
