"""A real venue inside a test: started in a thread, moved by hand, the same from the same seed. docs/testing.md shows how."""
