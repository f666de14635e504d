"""What stands still: blocks, lanes, gates, zones, and the slots that boxes stand in."""
