"""Jupyter Server's side: the supervised receiver and the public paths."""
