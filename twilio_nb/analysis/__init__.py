"""What texts add up to: summaries and conversations, counted by pandas or by MongoDB."""
