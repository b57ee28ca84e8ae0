"""The `bedesten` command, and `python -m bedesten`: the command line, or a word about the extra that it is missing."""

import sys

from bedesten import extras


def main() -> None:
    """Run the command line."""
    try:
        from bedesten import cli
    except ModuleNotFoundError as error:
        extra = extras.of_module(error.name or "")
        if extra is None:
            raise
        sys.exit(f"bedesten: {extras.remedy(extra)}")
    cli.main()


if __name__ == "__main__":
    main()
