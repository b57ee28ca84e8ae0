"""The single writer: commands in one order, committed in batches, and who is told afterwards."""
