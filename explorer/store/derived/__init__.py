"""What a build or an analysis made: immutable, content-keyed, safe to delete."""
