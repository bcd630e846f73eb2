"""The pure floor: what a text, an address, an answer and a definition are. No I/O, no clock."""
