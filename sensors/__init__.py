"""From bytes to fixes and telemetry."""
