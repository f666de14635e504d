"""Files that are no logs, known by their first bytes."""

HEAD = 4
"""So many first bytes tell."""
BOM = b"\xef\xbb\xbf"
"""What some programs put before text in UTF-8; it is no part of it."""

_OTHERS = {
    b"\x1f\x8b\x08": "it is packed by gzip, unpack it first",
    b"PK\x03\x04": "it is a zip archive, unpack it first",
    b"\x28\xb5\x2f\xfd": "it is packed by zstd, unpack it first",
}
_UTF_16 = "it is text in UTF-16, save it in UTF-8"


def no_log(head: bytes) -> str:
    """Tell what a file is that is none of lines of text, by its first bytes; empty where it may be one."""
    if (head[:2] == b"\xff\xfe" and head[3:4] == b"\0") or (head[:2] == b"\xfe\xff" and head[2:3] == b"\0"):
        return _UTF_16
    return next((said for begin, said in _OTHERS.items() if head.startswith(begin)), "")
