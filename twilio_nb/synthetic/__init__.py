"""Texts that never were: a history with stated rates, for who wants data without an account. Pure, and seeded."""
