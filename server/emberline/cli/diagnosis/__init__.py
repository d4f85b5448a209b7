"""What `emberline doctor` looks at: small checks, each of which returns findings and changes nothing."""
