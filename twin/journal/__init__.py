"""What happened: append-only inputs, keyframes, seeking."""
