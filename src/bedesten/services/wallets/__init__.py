"""Money over networks: where customers are paid, and what they ask to have sent."""
