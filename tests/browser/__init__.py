"""What a person does with the pages, in a real browser, on a desktop and on a phone."""
