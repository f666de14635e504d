"""Tables of this program beside its peers, both timed in the same run."""
