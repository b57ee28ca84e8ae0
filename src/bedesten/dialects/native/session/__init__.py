"""Sessions: signing in and out, and the second factor."""
