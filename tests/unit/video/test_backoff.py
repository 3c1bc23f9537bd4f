import random
from itertools import accumulate

from edge_agent.video.backoff import JITTER, NETWORK, REFUSAL, Backoff


class _NoJitter(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


def waits(tiers, count, rng=None):
    backoff = Backoff(tiers, rng or _NoJitter())
    return [backoff.next() for _ in range(count)]


def test_network_waits_climb_the_tiers():
    assert waits(NETWORK, 22) == [1] * 5 + [5] * 5 + [10] * 10 + [60] * 2


def test_a_refusal_is_repeated_rarely_enough_not_to_lock_an_account():
    within_an_hour = [at for at in accumulate(waits(REFUSAL, 20)) if at <= 1800]
    assert waits(REFUSAL, 1)[0] >= 60
    assert len(within_an_hour) <= 7


def test_jitter_only_lengthens_and_differs_between_cameras():
    one, other = waits(NETWORK, 30, random.Random(1)), waits(NETWORK, 30, random.Random(2))
    for wait, plain in zip(one, waits(NETWORK, 30), strict=True):
        assert plain <= wait <= plain * (1 + JITTER)
    assert one != other


def test_reset_starts_over():
    backoff = Backoff(NETWORK, _NoJitter())
    for _ in range(12):
        backoff.next()
    backoff.reset()
    assert backoff.next() == 1
