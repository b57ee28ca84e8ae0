"""The venue file in force, and the way to another one."""
