"""`python -m cleaner` is `clean`."""

from cleaner.cli import main

if __name__ == "__main__":
    main(prog_name="clean")
