"""What the browser draws: JavaScript with its Python side."""
