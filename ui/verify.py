"""Checks a journal: computes it again from its first keyframe and compares every later one."""

import sys
from pathlib import Path

from twin import codec
from twin.journal.reader import JournalReader
from ui.composition import open_replay


def verify(path: Path) -> int:
    """Compute a journal again; 0 where every keyframe is met bit for bit, else 1.

    Raises
    ------
    JournalError
        Where the file is no sound journal.
    """
    reader, replay = JournalReader(path), open_replay(path)
    keyframes = reader.keyframe_instants()
    try:
        for seq, _ in keyframes:
            replay.seek_forward(seq)
            recorded, _ = codec.decode(reader.keyframe(seq).body)
            if codec.encode(replay.state) != codec.encode(recorded):
                print(f"journal {path}: tick {seq} differs from its keyframe", file=sys.stderr)
                return 1
    finally:
        replay.close()
        reader.close()
    print(f"journal {path}: {len(keyframes)} keyframes met bit for bit")
    return 0
