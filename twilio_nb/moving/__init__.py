"""Moving in from App Services: an exported app read, and a folder made of it; and the way back."""
