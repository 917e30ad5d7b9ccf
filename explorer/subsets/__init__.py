"""From a lasso to an edge-case subset: filters, the selection, what stands out in it, and growing it."""
