"""The nouns: records, boxes, columns, filters, keys and subsets."""
