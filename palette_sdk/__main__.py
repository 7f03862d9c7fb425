"""`python -m palette_sdk`: the same as the `palette` command."""

from palette_sdk.cli import main

if __name__ == "__main__":
    main()
