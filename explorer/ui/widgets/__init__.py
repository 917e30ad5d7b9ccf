"""What several pages draw: thumbnails, the image dialog, the explain dialog, colours."""
