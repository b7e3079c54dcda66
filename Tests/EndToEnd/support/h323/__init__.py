"""H.323 by others: a terminal, a gatekeeper and an MCU whose every message pycrate (PyPI) has written and read."""
