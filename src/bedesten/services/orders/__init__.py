"""Orders on behalf of accounts: placed, amended, canceled, looked up."""
