"""How a shift runs: traffic, cranes, visits, the vessel."""
