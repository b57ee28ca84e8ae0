"""Standing: what an account may do now, and which accounts the operator suspended."""
