"""One Hypothesis profile for all tests: nothing is timed in a test, so no deadline."""

from hypothesis import settings

settings.register_profile("yard", deadline=None)
settings.load_profile("yard")
