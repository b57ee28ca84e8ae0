"""Messages to customers, kept where the operator and tests can read them."""
