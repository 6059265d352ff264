"""Which grid owns a point or meets a shape."""
