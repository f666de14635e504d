"""The command line. Qt and VTK are imported only where a picture is made: ``--help`` answers at once."""

import argparse
import importlib
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sensors.simulation import fault_words
from ui import displays, interrupts
from ui.options import RunOptions, UsageError, parse_site, parse_start

VERSION = "0.1.0"
OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
BATCH = ("relocate", "premarshal", "stack-trace", "experiment", "decode", "salvage", "decisions")
"""Commands that run without a window, each a module of ``ui.cli``."""
COMMANDS = ("run", "replay", "layout", "doctor", *BATCH)

PICTURES = (".png", ".jpg")
"""What the file of a picture may end in."""

_LAYOUT = "a sample (demo, compact), large:BOXES, or a *.yard.json file; demo where not given"
_SOURCE = (
    "where positions come from instead of the simulation: file:PATH or tcp:HOST:PORT, with "
    "?device=NAME&kind=KIND for receivers that do not name themselves; may be given several times; UDP, "
    "serial lines, MQTT and devices that connect to us are named in a file for --sources"
)
_DOCTOR = "tell what of this machine can be used, and whether sources, their clocks and frames are right"
_FAULT = (
    "make the simulation worse, or attack a machine of it (target=NAME), as jump_m=25; may be given several "
    "times; the faults and what their values are counted in are listed below"
)


def parser() -> argparse.ArgumentParser:
    """Give the parser of all commands."""
    return _parsers()[0]


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Give the parser of all commands, and that of each."""
    top = argparse.ArgumentParser(
        prog="yard-twin", description="A digital twin of a container yard.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"yard-twin {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _add_run(commands.add_parser("run", allow_abbrev=False, help="follow a yard: the demo, or real sensors"))
    replay = commands.add_parser("replay", help="look at a recorded journal again")
    replay.add_argument("journal", type=Path, help="a file that `run` wrote")
    replay.add_argument("--verify", action="store_true", help="compute it again and compare every keyframe")
    replay.add_argument("--lang", choices=("en", "zh"), default="", help="language of the window")
    layout = commands.add_parser("layout", help="check or write yard files")
    layout.add_argument("action", choices=("check", "write"))
    layout.add_argument("layout", help=_LAYOUT)
    layout.add_argument("--to", type=Path, help="where `write` puts the file")
    _add_doctor(commands.add_parser("doctor", allow_abbrev=False, help=_DOCTOR))
    for name in BATCH:
        module = _batch(name)
        module.add_arguments(commands.add_parser(name, help=module.SUMMARY, allow_abbrev=False))
    return top, commands.choices


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--layout", default="demo", help=_LAYOUT)
    doctor.add_argument("--source", action="append", default=[], metavar="SPEC", help=_SOURCE)
    doctor.add_argument("--sources", type=Path, metavar="TOML", help="a file that names many sources")
    doctor.add_argument("--site", metavar="LAT,LON[,H]", help="put the yard's middle there")
    doctor.add_argument("--seconds", type=float, default=5.0, metavar="S", help="listen so long at most")


def _batch(name: str) -> Any:
    return importlib.import_module(f"ui.cli.{name.replace('-', '_')}")


def _add_run(run: argparse.ArgumentParser) -> None:
    head = "faults, for --fault; in brackets what the name alone means:"
    faults = (f"  {line}" for line in fault_words.listed())
    run.formatter_class = argparse.RawDescriptionHelpFormatter
    run.epilog = "\n".join((head, *faults, f"what each does: {fault_words.MANUAL}"))
    run.add_argument("--layout", default="demo", help=_LAYOUT)
    run.add_argument("--boxes", type=int, help="how many boxes stand at the start")
    run.add_argument("--seed", type=int, default=1, help="of stock and shift; the same gives the same")
    run.add_argument("--source", action="append", default=[], metavar="SPEC", help=_SOURCE)
    run.add_argument("--sources", type=Path, metavar="TOML", help="a file that names many sources")
    run.add_argument("--site", metavar="LAT,LON[,H]", help="put the yard's middle there, to see a real log")
    run.add_argument(
        "--fault", action="append", default=[], metavar="NAME[=VALUE]", help=_FAULT, dest="faults"
    )
    run.add_argument("--speed", type=float, default=1.0, help="simulated seconds a second")
    run.add_argument("--start", metavar="TIME", help="when the simulated shift starts, ISO 8601")
    run.add_argument(
        "--duration",
        type=float,
        metavar="S",
        help="end after so many seconds of yard time from the first tick; headless 120 where not given",
    )
    run.add_argument("--headless", action="store_true", help="no window: a summary and a picture")
    run.add_argument("--journal", type=Path, metavar="PATH", help="file or folder to record into")
    run.add_argument("--no-journal", action="store_true", help="do not record")
    run.add_argument("--lang", choices=("en", "zh"), default="", help="language of the window")
    run.add_argument(
        "--picture",
        type=Path,
        metavar="PNG",
        help="save a picture at the end; a folder that is missing is made",
    )
    run.add_argument("--out", type=Path, default=Path("out"), help="folder for what a headless run writes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give its exit code: 0 done, 1 failed, 2 a word that cannot be."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        hint = _meant(words[0], COMMANDS)
        print(
            f"yard-twin: expected one of {', '.join(COMMANDS)}, found {words[0][:40]!r}{hint}",
            file=sys.stderr,
        )
        return USAGE
    if not words or words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "run")
    top, commands = _parsers()
    options, rest = top.parse_known_args(words)
    if rest:
        name = f"yard-twin {options.command}"
        known = re.findall(r"--([a-z-]+)", commands[options.command].format_usage())
        found = f"{rest[0][:40]!r}{_meant(rest[0].partition('=')[0].lstrip('-'), known, '--')}"
        print(f"yard-twin: expected what `{name} --help` lists, found {found}", file=sys.stderr)
        return USAGE
    try:
        return _dispatch(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return OK
    except Exception as error:
        from twin.errors import TwinError

        if not isinstance(error, TwinError):
            raise
        for line in str(error).splitlines():
            print(f"yard-twin: {line}", file=sys.stderr)
        return USAGE


def _meant(found: str, words: Sequence[str], before: str = "") -> str:
    """Give what to write where a word is nearly one of those there are."""
    return "".join(f"; write '{before}{one}'" for one in fault_words.near(found, words))


def _dispatch(options: argparse.Namespace) -> int:
    if options.command in BATCH:
        return int(_batch(options.command).run(options))
    if options.command == "layout":
        from ui.commands import layout

        return layout(options.action, options.layout, options.to)
    if options.command == "doctor":
        from ui.doctor import doctor

        if not 0 < options.seconds <= 3600:
            raise UsageError(f"--seconds: expected seconds above 0, found {options.seconds}")
        named = RunOptions(
            layout=options.layout,
            sources=tuple(options.source),
            sources_file=options.sources,
            site=parse_site(options.site) if options.site else None,
        )
        return doctor(named, options.seconds)
    if options.command == "replay":
        from ui.commands import replay

        return replay(options.journal, verify=options.verify, language=options.lang)
    return _run(_run_options(options))


def _run_options(options: argparse.Namespace) -> RunOptions:
    if options.boxes is not None and not 0 <= options.boxes <= 200_000:
        raise UsageError(f"--boxes: expected 0 to 200000, found {options.boxes}")
    if not 0.1 <= options.speed <= 100:
        raise UsageError(f"--speed: expected 0.1 to 100, found {options.speed}")
    if options.duration is not None and not options.duration > 0:
        raise UsageError(f"--duration: expected seconds above 0, found {options.duration}")
    if options.faults and (options.source or options.sources):
        raise UsageError("--fault: expected the simulation, found --source or --sources")
    if options.faults:
        from sensors.simulation.switches import parse_switches

        parse_switches(options.faults)  # so that a word that cannot be is told before anything else
    if options.picture is not None and options.picture.suffix.lower() not in PICTURES:
        raise UsageError(
            f"--picture: expected a file that ends in {' or '.join(PICTURES)}, found {str(options.picture)!r}"
        )
    if options.seed < 0:
        raise UsageError(f"--seed: expected 0 or more, found {options.seed}")
    return RunOptions(
        layout=options.layout,
        boxes=options.boxes,
        seed=options.seed,
        sources=tuple(options.source),
        sources_file=options.sources,
        faults=tuple(options.faults),
        site=parse_site(options.site) if options.site else None,
        speed=options.speed,
        start_ns=parse_start(options.start) if options.start else None,
        duration_s=options.duration,
        headless=options.headless,
        journal=options.journal,
        record=not options.no_journal,
        language=options.lang,
        picture=options.picture,
        out=options.out,
    )


def _run(options: RunOptions) -> int:
    from ui.cli.loading import say

    say("loading")
    if "target=list" in options.faults:
        from ui.commands import list_targets

        return list_targets(options)
    with interrupts.taken(interrupts.stop, signal.SIGTERM):
        if options.headless or not displays.has_display():
            from ui.headless import run_headless

            return run_headless(options)
        from ui.commands import run_in_window

        return run_in_window(options)


if __name__ == "__main__":
    sys.exit(main())
