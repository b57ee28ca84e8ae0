"""The single writer: commands in one order, committed in batches, and the folds of what they say."""
