"""Whoever was told that the application is in has it in, whatever happens to the process a moment later."""

import signal

import pytest


def test_killed_before_the_commit_nothing_is_there(city, whole):
    assert city.run("apply-before") == -signal.SIGKILL

    found = city.tell("tell-applications")

    assert found["applications"] == []
    assert whole(found)


def test_killed_after_the_commit_everything_is_there(city, whole):
    assert city.run("apply-after") == -signal.SIGKILL

    found = city.tell("tell-applications")

    assert len(found["applications"]) == 1
    assert whole(found)


@pytest.mark.parametrize("number", [17])
def test_killed_at_any_moment_no_acknowledged_application_is_lost(city, whole, number):
    with city.start("apply") as process:
        assert process.stdout.readline() == "ready\n"
        acknowledged = [int(process.stdout.readline()) for _ in range(number)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout.read().split() if line.isdecimal()]
    assert process.returncode == -signal.SIGKILL

    found = city.tell("tell-applications")

    assert set(acknowledged) <= set(found["applications"])
    assert len(found["applications"]) - len(acknowledged) <= 1
    assert whole(found)
