"""``yard-twin doctor``: what of this machine the program can use, and whether sources are right."""

import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import platformdirs

from ui import displays
from ui.findings import GOOD, Finding, Mark, line
from ui.main import VERSION
from ui.options import RunOptions

_PACKAGES = (
    "numpy",
    "scipy",
    "shapely",
    "pyproj",
    "vtk",
    "pyvista",
    "PyQt6",
    "PyQt6-Qt6",
    "msgspec",
    "zstandard",
)
_GL_PROBE = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderWindow
window = vtkRenderWindow()
window.SetOffScreenRendering(True)
window.Render()
words = ("OpenGL vendor", "OpenGL renderer", "OpenGL version")
lines = [line for line in window.ReportCapabilities().splitlines() if line.startswith(words)]
print(type(window).__name__, *(line.split(":", 1)[1].strip() for line in lines), sep=", ")
"""

_FONT_PROBE = """
from PyQt6.QtGui import QFontDatabase, QGuiApplication
application = QGuiApplication([])
chinese = QFontDatabase.WritingSystem.SimplifiedChinese
print(len(QFontDatabase.families()), len(QFontDatabase.families(chinese)))
"""


def doctor(options: RunOptions | None = None, wait_s: float = 5.0) -> int:
    """Print one line a finding; 0 where all is as it should be, else 1. A missing display is only noted.

    Parameters
    ----------
    options : RunOptions or None
        Where they name sources, these are listened to and checked, beside this machine.
    wait_s : float
        How long is listened at most [s].

    Raises
    ------
    TwinError
        Where a layout or a source that is named cannot be; then nothing was printed.
    """
    of_sources = _of_sources(options, wait_s)
    print(f"yard-twin {VERSION}, Python {platform.python_version()}, {platform.platform()}")
    print("packages: " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    findings = (_display(), _opengl(), _fonts(), _journals())
    for name, mark, text in findings:
        print(line(mark, f"{name}: {text}"))
    for finding in of_sources:
        print(finding)
    good = all(finding.good for finding in of_sources)
    return 0 if good and all(mark in GOOD for _, mark, _ in findings) else 1


def _of_sources(options: RunOptions | None, wait_s: float) -> list[Finding]:
    """Give what is found of sources, clocks and frames."""
    if options is None or not (options.sources or options.sources_file):
        return []
    from ui.checkup import check_sources
    from ui.composition import load_yard

    yard, _ = load_yard(options)
    return check_sources(yard, config=options.sources_file, specs=options.sources, wait_s=wait_s)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _display() -> tuple[str, Mark, str]:
    if displays.has_display():
        return (
            "display",
            Mark.OK,
            displays.named() or sys.platform,
        )
    found = f"none that answers at {displays.named()!r}" if displays.named() else "none"
    told = f"{found}; `yard-twin run` goes headless. With Xvfb: xvfb-run -a yard-twin run"
    return "display", Mark.NOTE, told


def _opengl() -> tuple[str, Mark, str]:
    found = _probed(_GL_PROBE)
    if not found:
        return "OpenGL", Mark.MISSING, "no picture can be made; on Debian run .ci/debian-packages"
    return "OpenGL", Mark.OK, found


def _fonts() -> tuple[str, Mark, str]:
    found = _probed(_FONT_PROBE, QT_QPA_PLATFORM="" if displays.has_display() else "offscreen")
    families, chinese = (int(word) for word in found.split()) if found else (0, 0)
    if not families:
        return "fonts", Mark.MISSING, "none: texts would be empty boxes; on Debian run .ci/debian-packages"
    if not chinese:
        return (
            "fonts",
            Mark.MISSING,
            f"{families} families, none of them Chinese; on Debian run .ci/debian-packages",
        )
    return "fonts", Mark.OK, f"{families} families, {chinese} of them Chinese"


def _probed(program: str, **environment: str) -> str:
    """Run a few lines in a process of their own; give the last that they print, empty where they fail.

    A broken driver ends a process instead of raising.
    """
    try:
        probe = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **{name: value for name, value in environment.items() if value}},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = probe.stdout.strip().splitlines()
    return lines[-1] if lines and not probe.returncode else ""


def _journals() -> tuple[str, Mark, str]:
    folder = Path(platformdirs.user_data_dir("yard-twin")) / "journals"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free_gb = shutil.disk_usage(folder).free / 1e9
        held_mb = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    except OSError as error:
        return "journals", Mark.MISSING, f"{error}; choose another folder with --journal"
    mark = Mark.OK if os.access(folder, os.W_OK) else Mark.MISSING
    return "journals", mark, f"{folder}: {held_mb:.1f} MB recorded, {free_gb:.1f} GB free"
