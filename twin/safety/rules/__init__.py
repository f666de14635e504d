"""Alarm rules: each looks at the tables of a tick and gives what it finds, row by row.

A finding either raises an alarm or only keeps one standing: the band between the two thresholds is
what keeps noise from making an alarm chatter. So many alarms as people can act on are one in ten
minutes (EEMUA 191), so what one cause brings about in many machines is one finding.
"""

from twin.safety.rules.book import RULE_NAMES, RULES
from twin.safety.rules.scene import Found, Rule, Scene, Topic

__all__ = ["RULES", "RULE_NAMES", "Found", "Rule", "Scene", "Topic"]
