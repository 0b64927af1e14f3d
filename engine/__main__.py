"""`python -m engine`: see `python -m engine --help`."""

from engine.cli.app import main

if __name__ == "__main__":
    main()
