"""Writes made-up records as the tables that the command reads, and checks plans move by move."""

import csv
import datetime

START = datetime.datetime(2024, 3, 4, 6, 0)
STATE = ["cid", "size_ft", "iso", "laden", "direction", "bl_group", "in_date", "bay", "row", "tier"]
OPERATIONS = ["time", "action", *STATE, "booked", "bound"]


def clock(days):
    return (START + datetime.timedelta(days=float(days))).isoformat(sep=" ", timespec="microseconds")


def slot_of(record, box, cell):
    rows = int(record.places.row.max()) + 1
    position, row = divmod(int(cell), rows)
    return 2 * position + (2 if record.long[box] else 1), row + 1


def box_cells(record, box):
    feet, iso = (40, "42G1") if record.long[box] else (20, "22G1")
    born = "" if record.born_d[box] != record.born_d[box] else clock(record.born_d[box])
    return [f"BOX{box:05d}", feet, iso, 1, f"d{record.kind[box]}", f"g{record.group[box]}", born]


def write(folder, record):
    """Write a record; give the paths of its two tables."""
    initial, operations = folder / "state.csv", folder / "ops.csv"
    tiers = {}
    with initial.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(STATE)
        for box in [int(b) for b in range(len(record.long)) if record.first_cell[b] >= 0]:
            cell = int(record.first_cell[box])
            tier = tiers[cell] = tiers.get(cell, 0) + 1
            if record.long[box]:
                tiers[int(record.places.next[cell])] = tier
            out.writerow([*box_cells(record, box), *slot_of(record, box, cell), tier])
    with operations.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(OPERATIONS)
        for time_d, enters, box in zip(record.time_d, record.enters, record.box, strict=True):
            action = "enter" if enters else "leave"
            out.writerow([clock(time_d), action, *box_cells(record, box), "", "", "", "", ""])
    return initial, operations
