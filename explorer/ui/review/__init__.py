"""The Review page: rounds, one image at a time, where reviewers differ, and how far they agree."""
