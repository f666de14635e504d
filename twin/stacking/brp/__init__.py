"""The block relocation problem: boxes leave a bay in a given order, those above must first be put aside.

``instance`` and ``plan`` are the values; ``moves``, ``rollout``, ``bounds``, ``beam`` and ``exact`` are
compiled loops, imported only where a search begins; ``arrays`` does the same with whole arrays where
there is no compiler; ``solver`` and ``block`` are what others call.
"""
