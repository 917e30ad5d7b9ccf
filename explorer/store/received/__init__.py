"""What came from elsewhere after a build, kept as it came."""
