"""An opened build as tables of points: images, boxes, index, membership, live subsets."""
