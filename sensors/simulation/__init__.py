"""A true shift seen through receiver errors, as the bytes a device sends."""
