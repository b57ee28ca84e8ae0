"""What is sealed with which data key: whose each is, and the secrets of the venue that were drawn once."""
