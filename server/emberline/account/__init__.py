"""What Emberline costs, saves and is worth: figures from the ledger, and from what a team spends already."""
