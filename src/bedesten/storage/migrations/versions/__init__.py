"""The revisions, one module each, named for the version that it leads to. What is here is never changed again."""
