"""What can be claimed of a build, and how sure it is: segments, and what is true of a region."""
