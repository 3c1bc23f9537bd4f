"""The programs on the pages run as they are printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.broker import Broker
from tests.integration.test_uplink import agent_at
from tests.waiting import wait_until

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


@pytest.mark.needs("mosquitto")
def test_the_consumer_of_20_lines_gets_events_and_ends_their_resending(tmp_path):
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    assert len(found[1].strip().splitlines()) <= 22
    broker = Broker(tmp_path / "broker", options=["log_type all"])
    broker.start()
    program = found[1].replace('"127.0.0.1", 1883', f'"127.0.0.1", {broker.port}')
    consumer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        # Whoever subscribes between two attempts gets the rest of them first.
        wait_until(lambda: "Sending SUBACK to county-1" in broker.log(), "the consumer's subscription")
        with agent_at(tmp_path / "agent", broker.port, confirm="platform", resend_s=1) as agent:
            agent.record(thumbnail=4000, picture=60_000)
            agent.await_depth(0)
    finally:
        consumer.terminate()
        said, _ = consumer.communicate(timeout=60)
        broker.stop()
    assert [line.split()[1] for line in said.splitlines()] == [
        "cn.mcl.violation.opened.v1",
        "cn.mcl.evidence.picture.v1",
    ]
