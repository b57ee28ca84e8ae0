"""The socket: what is told as it happens, publicly and of one's own account."""
