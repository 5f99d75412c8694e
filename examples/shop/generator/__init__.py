"""Makes the example shop: see `make_data.py`."""
