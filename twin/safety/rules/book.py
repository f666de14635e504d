"""The alarm rules as rows of data, most urgent first; a rule is added by adding a row.

Each says what usually lies behind it, what follows if nobody acts, what to do and how long there is for it
(ISA-18.2: what asks for no action is no alarm).
"""

from twin.safety.faults import Fault
from twin.safety.levels import WARNS
from twin.safety.rules import clocks, contacts, cranes, positions, traffic, wind, zones
from twin.safety.rules.scene import Rule, Topic
from twin.safety.table import Priority
from twin.yard.model import ZoneKind

RULES: dict[str, Rule] = {
    "overlap": Rule(
        Priority.CRITICAL, Topic.CONTACT, contacts.overlap, "{mover} and {other} overlap by {value:.2f} m",
        cause="A collision, or a position that is wrong by more than its receiver says",
        consequence="Damage, injury; both are bound to the spot",
        action="Stop both by radio and look at the camera", respond_s=5.0,
    ),
    "contact": Rule(
        Priority.CRITICAL, Topic.CONTACT, contacts.contact, "{mover} will touch {other} in {value:.1f} s",
        cause="Two on crossing or closing ways, of which neither has braked",
        consequence="A collision at speed",
        action="Call both drivers; have the slower one stop", respond_s=2.0, levels=contacts.CONTACT_S,
    ),
    "gantry_travel": Rule(
        Priority.CRITICAL, Topic.CONTACT, contacts.gantry_travel,
        "{mover} travels into {other} in {value:.1f} s",
        cause="A stack, a box or a vehicle stands in the way of the gantry",
        consequence="Stacks fall, a truck is crushed",
        action="Stop the gantry's travel", respond_s=3.0, levels=contacts.TRAVEL_S,
    ),
    "crane_to_crane": Rule(
        Priority.CRITICAL, Topic.CONTACT, cranes.crane_to_crane,
        "{mover} and {other} close in on one runway: {value:.1f} m left",
        cause="Two cranes are sent to bays beside one another",
        consequence="Two cranes collide",
        action="Stop both cranes", respond_s=5.0, levels=cranes.RUNWAY,
    ),
    "truck_lifted": Rule(
        Priority.CRITICAL, Topic.CONTACT, cranes.truck_lifted,
        "{mover} lifts {other} with its box: {value:.1f} t on the spreader",
        cause="A twistlock of the trailer was not released",
        consequence="The truck is lifted and dropped",
        action="Stop the hoist, lower, release the locks", respond_s=3.0, levels=cranes.LIFTED_M,
    ),
    "safe_height": Rule(
        Priority.CRITICAL, Topic.CONTACT, contacts.safe_height,
        "{mover} swings its load or spreader into {other} in {value:.1f} s",
        cause="Trolley or gantry goes before the hoist is above the stacks on its way",
        consequence="Stacks topple",
        action="Stop trolley and gantry, hoist first", respond_s=2.0, levels=contacts.SAFE_HEIGHT_S,
    ),
    "load_over_people": Rule(
        Priority.CRITICAL, Topic.PLACE, zones.load_over_people,
        "{mover} carries {value:.0f} kg over a pedestrian zone, or is about to",
        cause="The trolley's way crosses a walkway",
        consequence="A falling box kills",
        action="Hold the load, clear the walkway", respond_s=5.0, levels=zones.ENTRY_S,
    ),
    "pedestrian_zone": Rule(
        Priority.CRITICAL, Topic.PLACE, zones.entering(ZoneKind.PEDESTRIAN, people=False),
        "{mover} is in a pedestrian zone, or will be in {value:.1f} s",
        cause="A vehicle has left its lane",
        consequence="Someone on foot is run over",
        action="Stop the vehicle by radio", respond_s=5.0, levels=zones.ENTRY_S,
    ),
    "closed_block": Rule(
        Priority.CRITICAL, Topic.PLACE, zones.closed_block,
        "{mover} is in a block where it must not be, or will be in {value:.1f} s",
        cause="Someone walks or drives between stacks or into a block that is closed",
        consequence="Nobody in the cranes expects anyone there",
        action="Stop the cranes of the block and have it left", respond_s=10.0, levels=zones.ENTRY_S,
    ),
    "block_profile": Rule(
        Priority.HIGH, Topic.CONTACT, cranes.block_profile,
        "{mover} travels towards {other}, {value:.1f} m higher than it can pass",
        cause="A stack is higher than the block's profile allows",
        consequence="Load or girder hits the stack",
        action="Stop the gantry, lower the stack first", respond_s=10.0, levels=cranes.PROFILE_S,
    ),
    "exclusion_zone": Rule(
        Priority.HIGH, Topic.PLACE, zones.entering(ZoneKind.EXCLUSION, people=True),
        "{mover} is in an exclusion zone, or will be in {value:.1f} s",
        cause="A vehicle or a person has left the way",
        consequence="What the zone keeps apart meets",
        action="Call them out of the zone", respond_s=60.0, levels=zones.ENTRY_S,
    ),
    "wind_stop": Rule(
        Priority.CRITICAL, Topic.WIND, wind.strongest(wind.WIND_STOP),
        "Wind at {value:.1f} m/s: stop and secure all cranes",
        cause="The wind at the mast is above the cranes' limit",
        consequence="Cranes run away, stacks are blown down",
        action="Stop all cranes, tie them down, clear the yard of people", respond_s=60.0,
        levels=wind.WIND_STOP, off_delay_s=60.0,
    ),
    "wind_warning": Rule(
        Priority.HIGH, Topic.WIND, wind.strongest(wind.WIND_WARNING),
        "Wind at {value:.1f} m/s: no lifts above tier 3, nobody on foot",
        cause="The wind at the mast rises towards the cranes' limit",
        consequence="Loads swing, empties are blown off",
        action="No lifts above tier 3, call people in", respond_s=300.0,
        levels=wind.WIND_WARNING, off_delay_s=60.0,
    ),
    "position_in_lane": Rule(
        Priority.HIGH, Topic.POSITION, positions.in_working_lane,
        "{mover} is in a working lane and its position is {value:.0f} s old or does not fit",
        cause="A receiver fails where cranes serve",
        consequence="A crane moves over a vehicle that is not where it is shown",
        action="Have the crane wait until the vehicle is seen", respond_s=60.0, levels=WARNS, on_delay_s=5.0,
    ),
    "position_lost": Rule(
        Priority.HIGH, Topic.POSITION, positions.position_lost,
        "{mover} has sent no position for {value:.0f} s",
        cause="A receiver without power, or a place without radio",
        consequence="Nothing keeps the others away from it",
        action="Call the driver; keep others away from where it was last seen", respond_s=300.0,
        levels=WARNS,
    ),
    "positions_lost": Rule(
        Priority.HIGH, Topic.POSITION, positions.positions_lost,
        "{value:.0f} machines have sent no position: check their source",
        cause="A broken network, broker or receiver of messages",
        consequence="The picture stands still while the yard goes on",
        action="Check the source; have the yard drive on sight", respond_s=120.0, levels=WARNS,
    ),
    "clock_back": Rule(
        Priority.HIGH, Topic.POSITION, clocks.wound_back,
        "The clock was {value:.0f} s behind the yard's own: time stands until it has caught up",
        cause="The clock of this machine, or of its source of time, was set back",
        consequence="Silence is not noticed while the yard's time stands",
        action="Have the clock set right; have the yard drive on sight", respond_s=120.0, levels=WARNS,
    ),
    "wrong_way": Rule(
        Priority.HIGH, Topic.TRAFFIC, traffic.wrong_way,
        "{mover} drives against its lane's direction at {value:.1f} m/s",
        cause="A driver has missed a turn",
        consequence="Two meet head on",
        action="Call the driver; stop those who come towards it", respond_s=30.0, levels=WARNS,
        on_delay_s=2.0,
    ),
    "position_suspect": Rule(
        Priority.LOW, Topic.POSITION, positions.suspect,
        "{mover} sends positions that do not fit its track, for {value:.0f} s",
        cause="Reflections, a receiver moved to another machine, or a false sender",
        consequence="It is shown where it is not",
        action="Ask the driver where he is; have the receiver looked at", respond_s=900.0, levels=WARNS,
    ),
    "fix_degraded": Rule(
        Priority.LOW, Topic.POSITION, positions.fix_degraded,
        "{mover} positions itself without corrections: sigma {value:.1f} m",
        cause="Its receiver hears no corrections",
        consequence="Its place is known to metres, not to centimetres",
        action="Have its radio looked at", respond_s=1800.0, levels=WARNS, off_delay_s=30.0,
    ),
    "fixes_degraded": Rule(
        Priority.LOW, Topic.POSITION, positions.fixes_degraded,
        "{value:.0f} machines position themselves without corrections: check the base station",
        cause="The base station or its link is down",
        consequence="All places are known to metres, not to centimetres",
        action="Check the base station", respond_s=900.0, levels=WARNS, off_delay_s=30.0,
    ),
    "stopped_in_lane": Rule(
        Priority.LOW, Topic.TRAFFIC, traffic.stopped_in_lane,
        "{mover} stands in a road lane",
        cause="A breakdown, or a driver who waits where he must not",
        consequence="The road is blocked",
        action="Call the driver", respond_s=600.0, levels=WARNS, on_delay_s=traffic.STOPPED_S,
    ),
    "place_unknown": Rule(
        Priority.LOW, Topic.POSITION, positions.faulty(Fault.NOWHERE),
        "{mover} sends a place that is no number",
        cause="A receiver or a message that is wrong",
        consequence="It is shown where it is not, and nothing is foreseen of it",
        action="Have its receiver and its messages looked at", respond_s=900.0,
        levels=WARNS, on_delay_s=1.0, off_delay_s=30.0,
    ),
    "out_of_yard": Rule(
        Priority.LOW, Topic.POSITION, positions.faulty(Fault.FAR),
        "{mover} is shown far outside the yard",
        cause="A receiver or a message that is wrong",
        consequence="It is shown where it is not, and nothing is foreseen of it",
        action="Have its receiver and its messages looked at", respond_s=900.0,
        levels=WARNS, on_delay_s=1.0, off_delay_s=30.0,
    ),
    "shape_unknown": Rule(
        Priority.LOW, Topic.POSITION, positions.faulty(Fault.NO_SIZE),
        "{mover} has a part without a size",
        cause="A receiver or a message that is wrong",
        consequence="It is shown where it is not, and nothing is foreseen of it",
        action="Have its receiver and its messages looked at", respond_s=900.0,
        levels=WARNS, on_delay_s=1.0, off_delay_s=30.0,
    ),
    "name_twice": Rule(
        Priority.LOW, Topic.POSITION, positions.faulty(Fault.TWICE),
        "{mover} is there twice",
        cause="A receiver or a message that is wrong",
        consequence="It is shown where it is not, and nothing is foreseen of it",
        action="Have its receiver and its messages looked at", respond_s=900.0,
        levels=WARNS, on_delay_s=5.0, off_delay_s=30.0,
    ),
    "faster_than_kind": Rule(
        Priority.LOW, Topic.POSITION, positions.faulty(Fault.TOO_FAST),
        "{mover} is faster than its kind goes",
        cause="A receiver or a message that is wrong",
        consequence="It is shown where it is not, and nothing is foreseen of it",
        action="Have its receiver and its messages looked at", respond_s=900.0,
        levels=WARNS, on_delay_s=1.0, off_delay_s=30.0,
    ),
    "too_fast": Rule(
        Priority.LOW, Topic.TRAFFIC, traffic.too_fast,
        "{mover} goes {value:.1f} m/s, above its lane's limit",
        cause="A driver in a hurry",
        consequence="Longer ways to stop, loads that tip",
        action="Call the driver", respond_s=900.0, levels=traffic.SPEEDING,
    ),
    "stock_doubtful": Rule(
        Priority.LOW, Topic.STOCK, positions.doubtful,
        "{mover} reported a stock event that cannot be",
        cause="A box set, read or passed at a gate other than the stock has it",
        consequence="A box is not where it is looked for",
        action="Settle it in the list of discrepancies", respond_s=1800.0, levels=WARNS, off_delay_s=60.0,
    ),
}  # fmt: skip
RULE_NAMES: tuple[str, ...] = tuple(RULES)
