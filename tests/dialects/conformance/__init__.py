"""One suite for all dialects: every row of every contract table, asked as clients ask, rightly and wrongly.

The rows come from the tables, so that an endpoint which is added is tested by itself; every answer is held to its row's schema by
tests/conftest.py. What only one venue does stands in its own folder.
"""
