"""`python -m bedesten` is the command line."""

from bedesten.cli import main

if __name__ == "__main__":
    main()
