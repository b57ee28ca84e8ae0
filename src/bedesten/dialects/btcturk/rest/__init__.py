"""The REST API: api/v1 to api/v3, and the tokens for them."""
