"""What the whole engine does beyond its episodes."""

from tests.unit.kitchen import Cook, Kitchen, frames, site

WASH = [{"id": "wash", "times": [{"start": "06:15", "end": "06:25"}]}]  # T0 is 06:13:20


def test_a_new_connection_does_not_add_to_work_that_is_seen():
    """Sixty reconnections of a second each, with a look at the sinks before each: that is no minute of washing up."""
    zone = {"id": "sink", "area": "dishwash", "rules": {"cleaning_missing": {"dwell_s": 60}}}
    kitchen = Kitchen(site(zone, schedules=WASH))
    for at in frames(0, 750, 1):
        kitchen.epoch = int(at)
        kitchen.see(at, Cook(400))
    assert [rule for change, rule, _ in kitchen.happened() if change == "opened"] != []
