"""Widgets: forms out of ipywidgets, and views of our own where a page shows texts."""
