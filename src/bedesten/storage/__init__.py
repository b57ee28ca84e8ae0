"""The embedded store: one directory that holds a venue's journal, the rows its commands caused, and state snapshots."""
