"""The command `emberline`: picks the subcommand's module and nothing else, so that `serve` starts fast."""

from emberline.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
