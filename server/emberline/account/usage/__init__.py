"""What a team spends on hosted models already: one file a kind of export, and what is made of them all."""
