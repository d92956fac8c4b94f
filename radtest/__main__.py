"""``python -m radtest``."""

from radtest.cli import main

if __name__ == "__main__":
    main()
