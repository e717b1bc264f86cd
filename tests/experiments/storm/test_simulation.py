"""The simulation against closed forms of queueing theory, and against cases done by hand."""

import random
from collections.abc import Generator

import pytest
import simpy

from labkit import LabError
from labkit.evidence.analyse.simulation import Pacer
from labkit.experiments.storm import ASSUMED_ROLE, IAM_USER, Limits, Load, simulate

FOR_EVER = 1e9


def test_without_revocations_the_rate_of_aws_over_three_calls_is_that_of_the_leases() -> None:
    found = simulate(
        Load(pause=0, ttl=FOR_EVER), Limits(users=10**6, calls_per_second=30), leases=1_000
    )

    assert found.seconds == pytest.approx(1_000 * 3 / 30)
    assert (found.refused, found.most) == (0, 1_000)


def test_in_the_long_run_each_lease_costs_its_ten_calls() -> None:
    found = simulate(Load(pause=0, ttl=1), Limits(users=10**6, calls_per_second=20), leases=20_000)

    assert found.rate == pytest.approx(20 / 10, rel=0.01)


def test_one_client_that_pauses_is_never_faster_than_its_pause() -> None:
    found = simulate(
        Load(clients=1, pause=2, ttl=FOR_EVER), Limits(calls_per_second=30), leases=100
    )

    assert found.seconds == pytest.approx(100 * 3 / 30 + 99 * 2)


def test_a_temporary_key_costs_one_call_and_no_user() -> None:
    found = simulate(
        Load(pause=0, ttl=5),
        Limits(users=1, calls_per_second=600),
        ASSUMED_ROLE,
        leases=60_000,
    )

    assert found.seconds == pytest.approx(60_000 / 600)
    assert found.refused == 0


def test_the_population_is_the_rate_times_the_ttl_by_littles_law() -> None:
    found = simulate(
        Load(clients=10, pause=1, ttl=50), Limits(calls_per_second=1_000), leases=20_000
    )
    settled = found.alive[len(found.alive) // 2 :]

    assert sum(settled) / len(settled) == pytest.approx(found.rate * 50, rel=0.02)


def test_a_full_account_issues_as_many_leases_as_users_in_a_ttl() -> None:
    limits = Limits(users=10, calls_per_second=10_000)

    found = simulate(Load(clients=1, pause=0.1, ttl=100), limits, leases=1_000)

    assert found.most == limits.users
    assert found.rate == pytest.approx(10 / 100, rel=0.02)
    assert found.refused > 0


def test_refused_reads_delay_the_revocations_that_would_make_room() -> None:
    limits = Limits(users=100, calls_per_second=20)

    patient = simulate(Load(clients=8, pause=4, ttl=60), limits, leases=3_000)
    hasty = simulate(Load(clients=8, pause=0, ttl=60), limits, leases=3_000)

    assert hasty.refused > 5 * patient.refused
    assert hasty.latest > patient.latest


def test_the_queue_at_aws_waits_as_long_as_m_d_1_predicts() -> None:
    env, rng, rate, arrivals = simpy.Environment(), random.Random(7), 20.0, 15.0  # noqa: S311
    aws, seconds = Pacer(env, rate), []

    def arrive() -> Generator[simpy.Event, None, None]:
        for _ in range(200_000):
            yield env.timeout(rng.expovariate(arrivals))
            seconds.append(aws.wait(1))

    env.process(arrive())
    env.run()

    load = arrivals / rate
    predicted = 1 / rate + load / (2 * rate * (1 - load))  # Pollaczek and Khinchine
    assert sum(seconds) / len(seconds) == pytest.approx(predicted, rel=0.03)


@pytest.mark.parametrize(
    ("load", "limits"), [(Load(clients=0), Limits()), (Load(), Limits(calls_per_second=0))]
)
def test_a_number_that_is_not_positive_is_refused(load: Load, limits: Limits) -> None:
    with pytest.raises(LabError, match="above 0"):
        simulate(load, limits, IAM_USER, leases=1)
