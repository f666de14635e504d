"""What an alarm is about, why it usually comes, what follows, what to do and how long there is for it."""

import html

from twin.clock import NS_PER_S
from twin.safety.alarms import RULE_NAMES, RULES
from twin.safety.table import AlarmState
from twin.state import State
from ui.i18n import Texts
from ui.panels.alarm_now import now_text
from ui.panels.alarm_rows import PRIORITIES, STATES, held_for, level_text, rule_title, where_of
from ui.panels.alarm_words import has_gone, said
from ui.panels.formats import NONE, clock, fields, heading, name, span
from ui.theme import palette

_WAITS = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)
"""An alarm that nothing more is found of stands for its off-delay."""


def time_left_s(state: State, row: int) -> float:
    """Give how much is left of the time to respond [s]; below 0 where it is over."""
    rule = RULES[RULE_NAMES[int(state.alarms.rule[row])]]
    return rule.respond_s - (state.t_ns - int(state.alarms.since_ns[row])) / NS_PER_S


def detail_html(state: State, row: int, texts: Texts, theme: str, others: int = 0) -> str:
    """Give everything about an alarm as HTML.

    Parameters
    ----------
    row : int
        Its row in the alarms of ``state``.
    others : int
        How many more of one cause came after it.
    """
    tr, alarms, colours = texts.tr, state.alarms, palette(theme)
    rule = RULES[RULE_NAMES[int(alarms.rule[row])]]
    life = int(alarms.state[row])
    over = life == AlarmState.RETURNED
    todo = tr("It is over: acknowledge it, and it leaves the list.") if over else tr(rule.action)
    parts = [heading(said(texts, state, row)), f'<p style="margin:2px 0"><b>{html.escape(todo)}</b></p>']
    if not over:
        parts.append(_time_to_respond(state, row, texts, colours.high))
    rows = [(tr("Now"), words)] if (words := now_text(state, row, texts, named=True)) else []
    rows += [
        (tr("Usual cause"), tr(rule.cause)),
        (tr("Consequence"), tr(rule.consequence)),
        (
            tr("Alarm"),
            f"{rule_title(texts, int(alarms.rule[row]))}, {tr(PRIORITIES[int(alarms.priority[row])])}",
        ),
        (tr("Level"), level_text(texts, int(alarms.level[row]))),
        (tr("Concerns"), where_of(state, row) or NONE),
        (tr("Since"), clock(texts, int(alarms.since_ns[row]), date=True)),
    ]
    if has_gone(alarms, row):
        rows.append((tr("Gone at"), clock(texts, int(alarms.clear_ns[row]), date=True)))
    elif life in _WAITS and alarms.clear_ns[row] > 0:
        rows.append((tr("No longer found"), _until_over(int(alarms.clear_ns[row]), rule.off_delay_s, texts)))
    rows.append((tr("State"), _life(state, row, texts)))
    if others:
        rows.append((tr("Of one cause"), tr("{count} more", count=others)))
    if life == AlarmState.SHELVED and alarms.reason[row]:
        rows.append((tr("Reason"), tr(name(alarms.reason[row]))))
    if life == AlarmState.SUPPRESSED:
        rows.append((tr("Reason"), held_for(texts, name(alarms.reason[row]))))
    return "".join(parts) + fields(rows, colours.muted)


def _until_over(clear_ns: int, off_delay_s: float, texts: Texts) -> str:
    """Tell since when an alarm is found no longer, and when it is over if it stays so."""
    since, over = clock(texts, clear_ns), clock(texts, clear_ns + round(off_delay_s * NS_PER_S))
    return texts.tr("since {since}; over at {over} if it stays so", since=since, over=over)


def _time_to_respond(state: State, row: int, texts: Texts, colour: str) -> str:
    tr, rule = texts.tr, RULES[RULE_NAMES[int(state.alarms.rule[row])]]
    whole = tr("Respond within {time}", time=span(rule.respond_s, texts))
    if state.alarms.state[row] != AlarmState.UNACKNOWLEDGED:
        return f'<p style="margin:2px 0">{html.escape(whole)}</p>'
    left_s = time_left_s(state, row)
    if left_s >= 0:
        said_left = tr("{time} left", time=span(round(left_s), texts))
        return f'<p style="margin:2px 0">{html.escape(f"{whole}: {said_left}")}</p>'
    over = tr("over for {time}", time=span(-round(left_s), texts))
    return (
        f'<p style="margin:2px 0"><span style="color:{colour}">◆</span> {html.escape(f"{whole}: {over}")}</p>'
    )


def _life(state: State, row: int, texts: Texts) -> str:
    alarms, tr = state.alarms, texts.tr
    words = tr(STATES[int(alarms.state[row])])
    who, when = name(alarms.actor[row]), int(alarms.ack_ns[row])
    if when and who:
        words = tr("{state}, by {actor} at {time}", state=words, actor=who, time=clock(texts, when))
    until = int(alarms.until_ns[row])
    return tr("{state} until {time}", state=words, time=clock(texts, until)) if until else words
