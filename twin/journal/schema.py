"""The tables of a journal file.

Notes
-----
`tick` and `meta` are the record. `keyframe` and `mark` are indices: they can be thrown away and
computed again from the ticks; but where a tick is lost, which a mark tells, the keyframe after it is the
record. SQLite's WAL with ``synchronous=FULL`` keeps what was committed
through a crash and a loss of power (sqlite.org/pragma.html, read 2026).
"""

VERSION = 1
APPLICATION_ID = 0x59544A31  # "YTJ1"
LOST_MARK = "lost"
"""The kind of the mark in the place of what could not be written; its text: what that was, and why."""

CREATE = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE tick (seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX tick_t ON tick (t_ns);
CREATE TABLE keyframe (seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, base INTEGER, body BLOB NOT NULL);
CREATE INDEX keyframe_t ON keyframe (t_ns);
CREATE TABLE mark (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, t_ns INTEGER NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL);
CREATE INDEX mark_t ON mark (t_ns);
"""
