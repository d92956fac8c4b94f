"""Clients of the DUT protocol, to be copied into what runs on the board: plain C, and Python without dependencies."""
