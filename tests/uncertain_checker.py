"""Replays the moves of an outcome on plain lists, knowing nothing of how they were chosen."""

AWAY, LANE = -1, -2


class Yard:
    """Stacks of boxes by (block, position, row); a long box is in two of them, at one height."""

    def __init__(self, record):
        self.record = record
        places = record.places
        self.at = [
            (int(b), int(p), int(r))
            for b, p, r in zip(places.block, places.position, places.row, strict=True)
        ]
        self.tiers = dict(zip(self.at, places.tiers.tolist(), strict=True))
        self.across = dict(zip(self.at, places.across.tolist(), strict=True))
        self.stacks = {place: [] for place in self.at}
        self.lane = set()

    def places(self, box, cell):
        block, position, row = self.at[cell]
        both = [(block, position, row), (block, position + 1, row)]
        return both if self.record.long[box] else both[:1]

    def put(self, box, cell):
        stacks = [self.stacks[place] for place in self.places(box, cell)]
        assert all(len(self.stacks[place]) < self.tiers[place] for place in self.places(box, cell))
        tops = [stack[-1] if stack else None for stack in stacks]
        if self.record.long[box]:
            assert len(stacks[0]) == len(stacks[1]), "a long box needs two level stacks"
            on_one = tops[0] == tops[1]
            assert on_one or not any(self.record.long[top] for top in tops), "across two long boxes"
        else:
            assert tops[0] is None or not self.record.long[tops[0]], "a short box on a long one"
        for stack in stacks:
            stack.append(box)

    def take(self, box, cell):
        for place in self.places(box, cell):
            assert self.stacks[place].pop() == box, "only a topmost box can be taken"

    def standing(self):
        return {box for stack in self.stacks.values() for box in stack} | self.lane

    def over(self, box):
        """Give the boxes that stand on a box, directly or not."""
        found, todo = set(), [box]
        while todo:
            each = todo.pop()
            for stack in self.stacks.values():
                if each in stack:
                    fresh = set(stack[stack.index(each) + 1 :]) - found
                    found |= fresh
                    todo.extend(fresh)
        return found


def check(record, out):
    """Play the moves; fail where one is against a rule, or a figure is not what was done."""
    yard = Yard(record)
    for box in sorted((b for b in range(len(record.long)) if record.first_cell[b] >= 0), key=lambda b: (b,)):
        yard.put(box, int(record.first_cell[box]))
    start, came, went, relocated, outside = len(yard.standing()), 0, 0, 0, 0
    moves = list(out.moves)
    for number, (time_d, box, source, target) in enumerate(moves):
        if source >= 0:
            if target != AWAY:
                due = next(b for t, b, _, to in moves[number:] if to == AWAY)
                assert box in yard.over(due), "only what is in the way is relocated"
            yard.take(box, source)
        elif source == LANE:
            yard.lane.remove(box)
        came += source == AWAY
        went += target == AWAY
        if target == LANE:
            yard.lane.add(box)
        elif target >= 0:
            yard.put(box, target)
        if source != AWAY and target != AWAY:
            relocated += 1
            if source >= 0 and target >= 0:
                (b0, p0, _), (b1, p1, _) = yard.at[source], yard.at[target]
                assert b0 == b1
                outside += p0 != p1 and not yard.across[yard.at[source]]
        assert time_d >= moves[max(0, number - 1)][0]
    assert start + came - went == len(yard.standing())
    assert (relocated, went) == (out.relocations, out.leaves)
    assert outside <= out.outside_bay
    assert came == out.enters - out.no_slot
