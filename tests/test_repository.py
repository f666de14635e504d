"""What every file of the repository has to keep, whoever wrote it."""

import ast
import re
import subprocess
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE_ROOMS = ("twin", "ui", "sensors", "layouts")
DOCUMENTED_ROOMS = ("twin", "sensors", "layouts")
MAX_LINES = 400

# Put together here, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("conda", "anaconda", "org"),
    )
]
FOREIGN_ADDRESS = re.compile(
    rb"(?<![\w.*-])/(?:work|root|home)/"  # a folder of the machine that a file was written on
    rb"|[A-Za-z]:\\{1,2}Users\\"
    rb"|" + b"|".join(re.escape(host.encode()) for host in REGISTRY_HOSTS)
)

# Each of these runs whatever the file that it reads says.
UNSAFE_CALLS = {
    "eval",
    "exec",
    "pickle.load",
    "pickle.loads",
    "pickle.Unpickler",
    "marshal.load",
    "marshal.loads",
    "shelve.open",
    "yaml.load",
    "yaml.unsafe_load",
}

MAYBE_UNSAFE = re.compile("|".join({call.partition(".")[0] for call in UNSAFE_CALLS} | {"allow_pickle"}))
"""Who runs what a file says names one of these somewhere: only such a source needs to be read closely."""

REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.+!_-]+)(?: ; [^\\#]+)?$")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@cache
def repository_files() -> tuple[Path, ...]:
    """Give the files that git holds, and those that it would take with ``git add``."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(sorted({path for path in paths if path.is_file()}))


def python_files(rooms: tuple[str, ...] | None = None) -> Iterator[Path]:
    """Give the Python files of the repository, or of the rooms named."""
    for path in repository_files():
        if path.suffix == ".py" and (rooms is None or path.relative_to(ROOT).parts[0] in rooms):
            yield path


def foreign_addresses(content: bytes) -> list[str]:
    """Give the registry hosts and the developer's folders that ``content`` names."""
    return [match.group().decode() for match in FOREIGN_ADDRESS.finditer(content)]


def unsafe_calls(source: str) -> list[str]:
    """Give the calls in ``source`` that would run what an untrusted file says."""
    if not MAYBE_UNSAFE.search(unicodedata.normalize("NFKC", source)):  # as the parser takes names
        return []
    tree = ast.parse(source)
    full_names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            full_names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            full_names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return [found for node in ast.walk(tree) if (found := _unsafe_call(node, full_names))]


def _unsafe_call(node: ast.AST, full_names: dict[str, str]) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    first, *rest = ast.unparse(node.func).split(".")
    called = ".".join([full_names.get(first, first), *rest]).removeprefix("builtins.")
    if called in UNSAFE_CALLS:
        return f"line {node.lineno}: {called}"
    if any(keyword.arg == "allow_pickle" and not _is_false(keyword.value) for keyword in node.keywords):
        return f"line {node.lineno}: allow_pickle"
    return None


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def undocumented(tree: ast.Module | ast.ClassDef, owner: str = "") -> Iterator[str]:
    """Give the public functions, classes and methods that have no docstring."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_") or _completes_another(node):
            continue
        if ast.get_docstring(node) is None:
            yield f"line {node.lineno}: {owner}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node, f"{owner}{node.name}.")


def _completes_another(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Tell whether a decorator makes this one more face of a name that is documented elsewhere."""
    names = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
    return bool(names & {"overload", "override", "setter", "deleter", "register"})


def requirements(path: Path) -> Iterator[str]:
    """Give a requirements file's entries, each with its continued lines joined."""
    for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def pinned_names(path: Path) -> set[str]:
    """Give the normalised names that a requirements file pins."""
    return {normalised(re.split(r"[=<>~!;\[ ]", entry, maxsplit=1)[0]) for entry in requirements(path)}


def normalised(name: str) -> str:
    """Give a distribution's name as the registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_file_names_a_registry_or_a_folder_of_the_machine_it_was_written_on():
    found = {
        str(path.relative_to(ROOT)): names
        for path in repository_files()
        if (names := foreign_addresses(path.read_bytes()))
    }

    assert found == {}


@pytest.mark.parametrize("folder", ["work", "root", "home"])
def test_a_folder_of_a_machine_is_recognised(folder):
    assert foreign_addresses(f"open('/{folder}/me/yard.json')".encode()) == [f"/{folder}/"]


def test_a_folder_of_the_project_is_not_taken_for_one_of_a_machine():
    assert foreign_addresses(b"twin/work/orders.py and ./home/page.md") == []


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_a_registry_is_recognised(host):
    assert foreign_addresses(f"--index-url https://{host}/simple".encode()) == [host]


@pytest.mark.parametrize("name", ["runtime.txt", "test.txt", "bench.txt"])
def test_every_requirement_is_one_version_with_its_hashes(name):
    entries = list(requirements(ROOT / "requirements" / name))
    loose = [
        entry[:80]
        for entry in entries
        if not REQUIREMENT.match(entry.split("--hash")[0].strip()) or not HASH.search(entry)
    ]

    assert entries
    assert loose == []


def test_every_requirement_of_the_project_is_pinned():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = pyproject["dependency-groups"]
    wanted = {
        "runtime.txt": pyproject["project"]["dependencies"] + groups["build"],
        "test.txt": pyproject["project"]["dependencies"] + groups["build"] + groups["test"] + groups["lint"],
        "bench.txt": groups["bench"],
    }

    missing = {
        name: {normalised(re.split(r"[=<>~!;\[ ]", entry, maxsplit=1)[0]) for entry in entries}
        - pinned_names(ROOT / "requirements" / name)
        for name, entries in wanted.items()
    }

    assert missing == {"runtime.txt": set(), "test.txt": set(), "bench.txt": set()}


def test_the_tests_run_with_the_versions_that_the_program_runs_with():
    runtime = set(requirements(ROOT / "requirements" / "runtime.txt"))
    test = set(requirements(ROOT / "requirements" / "test.txt"))

    assert runtime - test == set()


def test_no_room_runs_what_a_file_says():
    found = {
        str(path.relative_to(ROOT)): calls
        for path in python_files(CODE_ROOMS)
        if (calls := unsafe_calls(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "import builtins\nbuiltins.exec(text)",
        "import pickle\npickle.loads(raw)",
        "import pickle as p\np.load(file)",
        "from pickle import loads as read\nread(raw)",
        "import yaml\nyaml.load(file)",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
    ],
)
def test_an_unsafe_call_is_recognised(source):
    assert len(unsafe_calls(source)) == 1


@pytest.mark.parametrize("source", ["np.load(path, allow_pickle=False)", "model.eval()", "json.load(file)"])
def test_a_safe_call_is_not_taken_for_an_unsafe_one(source):
    assert unsafe_calls(source) == []


def test_no_python_file_is_longer_than_400_lines():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
    }

    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_public_name_of_the_core_says_what_it_gives():
    found = {
        str(path.relative_to(ROOT)): names
        for path in python_files(DOCUMENTED_ROOMS)
        if (names := list(undocumented(ast.parse(path.read_text(encoding="utf-8")))))
    }

    assert found == {}


def test_a_public_method_without_docstring_is_recognised():
    source = 'class Block:\n    """A block."""\n    def rows(self): ...\n    def _bays(self): ...\n'

    assert list(undocumented(ast.parse(source))) == ["line 3: Block.rows"]
