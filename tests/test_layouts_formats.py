import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from layouts import formats, generator, native
from layouts.formats import FORMATS, SAMPLES, LayoutError, load, sample, save
from twin.yard.edits import MoveBlock
from twin.yard.validation import capacity, findings

YARD = generator.compact_yard()


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


def test_a_saved_yard_is_loaded_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "north.yard.json"
    save(YARD, path)
    assert load(path).yard == YARD
    assert parts(tmp_path) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_what_the_generator_builds_and_has_no_findings(name: str) -> None:
    yard = sample(name)
    assert yard == {"demo": generator.demo_yard, "compact": generator.compact_yard}[name]()
    assert findings(yard) == ()
    file = Path(formats.__file__).parent / "yards" / f"{name}.yard.json"
    assert file.read_bytes() == native.encode(yard)


def test_a_sample_that_does_not_ship_is_refused() -> None:
    with pytest.raises(LayoutError, match=r"expected one of demo, compact, found '\.\./x'"):
        sample("../x")


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"'gone\.yard\.json': expected a file to read"):
        load(tmp_path / "gone.yard.json")


def test_a_folder_is_no_layout(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    with pytest.raises(LayoutError, match="expected a file, found something else"):
        load(tmp_path / "x.json")


def test_a_suffix_that_no_format_has_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for act in (lambda path: save(YARD, path), load):
        with pytest.raises(LayoutError, match=r"expected a name that ends in \.yard\.json, \.json"):
            act(tmp_path / "north.dxf")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_twenty_megabytes_is_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(20 * 2**20)
    with pytest.raises(LayoutError, match=r"'big\.json': expected at most 16 MiB, found 20\.0 MiB"):
        load(path)


def test_a_yard_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "north.yard.json"
    save(YARD, path)
    before = path.read_bytes()
    with pytest.raises(LayoutError, match="'A01'"):
        save(MoveBlock("A01", 0.0, 40.0).apply(YARD), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "north.yard.json"
    save(YARD, path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(formats.os, call, full)
    with pytest.raises(LayoutError, match=r"'north\.yard\.json': not saved: No space left"):
        save(MoveBlock("A01", 0.1, 0.0).apply(YARD), path)
    assert path.read_bytes() == before
    assert parts(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which this system has not")
def test_a_device_that_is_full_gives_an_error_and_not_a_crash() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        file.write(b"x")
    with pytest.raises(LayoutError):
        load(Path("/dev/full.json"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom rights bind")
def test_a_folder_without_rights_gives_an_error_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "north.yard.json"
    save(YARD, path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LayoutError, match="not saved"):
            save(YARD, path)
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_not_there_gives_an_error(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="not saved: No such file"):
        save(YARD, tmp_path / "none" / "north.yard.json")


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of POSIX")
def test_saving_keeps_the_rights_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "north.yard.json"
    save(YARD, path)
    path.chmod(0o640)
    save(YARD, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_every_format_reads_what_it_writes() -> None:
    for form in FORMATS.values():
        assert form.decode(form.encode(YARD), "x").yard == YARD


def test_the_demonstration_yard_holds_ten_thousand_boxes_at_sixty_to_seventy_percent() -> None:
    teu = 10_000 * generator.TEU_A_BOX
    assert 0.60 <= teu / capacity(sample("demo")).teu <= 0.70


@pytest.mark.parametrize("boxes", [1, 500, 30_000, 200_000])
def test_a_yard_made_to_measure_holds_its_boxes_and_has_no_findings(boxes: int) -> None:
    yard = generator.large_yard(boxes)
    assert capacity(yard).teu >= boxes * generator.TEU_A_BOX / generator.FILL
    assert findings(yard) == ()


@pytest.mark.parametrize("boxes", [0, -1, 200_001])
def test_more_boxes_than_the_generator_can_place_are_refused(boxes: int) -> None:
    with pytest.raises(generator.YardError, match=f"expected 1 to 200000, found {boxes}"):
        generator.large_yard(boxes)


def test_rows_of_blocks_are_named_like_columns_of_a_sheet() -> None:
    assert [generator.row_letters(k) for k in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
