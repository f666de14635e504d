"""``yard-twin doctor``: what of this machine the program can use, and what to do where it cannot."""

import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import platformdirs

from ui.main import VERSION, has_display

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


def doctor() -> int:
    """Print one line a finding; 0 where a window can open and runs can be recorded, else 1."""
    print(f"yard-twin {VERSION}, Python {platform.python_version()}, {platform.platform()}")
    print("packages: " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    findings = (_display(), _opengl(), _journals())
    for name, good, text in findings:
        print(f"{'ok     ' if good else 'missing'} {name}: {text}")
    return 0 if all(good for _, good, _ in findings) else 1


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _display() -> tuple[str, bool, str]:
    if has_display():
        return "display", True, os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform
    return "display", False, "none; `yard-twin run` goes headless. With Xvfb: xvfb-run -a yard-twin run"


def _opengl() -> tuple[str, bool, str]:
    # In a process of its own: a broken driver ends a process instead of raising.
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _GL_PROBE], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "OpenGL", False, str(error)
    if probe.returncode or not probe.stdout.strip():
        return "OpenGL", False, "no picture can be made; on Debian run .ci/debian-packages"
    return "OpenGL", True, probe.stdout.strip().splitlines()[-1]


def _journals() -> tuple[str, bool, str]:
    folder = Path(platformdirs.user_data_dir("yard-twin")) / "journals"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free_gb = shutil.disk_usage(folder).free / 1e9
        held_mb = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    except OSError as error:
        return "journals", False, f"{error}; choose another folder with --journal"
    writable = os.access(folder, os.W_OK)
    return "journals", writable, f"{folder}: {held_mb:.1f} MB recorded, {free_gb:.1f} GB free"
