"""Machines: their kinds as rows of data, who is here, and where each is believed to be."""
