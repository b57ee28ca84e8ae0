"""API keys, as their holder makes and changes them."""
