"""What Emberline costs, measured. Each module: `run(short)` gives plain numbers, `python -m` prints them."""
