"""MongoDB and what is kept beside it; the only floor that knows pymongo and pyarrow."""
