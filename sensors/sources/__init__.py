"""Where bytes come from: files, TCP peers, the simulation."""
