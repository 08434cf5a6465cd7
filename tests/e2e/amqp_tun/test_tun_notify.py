"""amqp-tun as a service: the process with the privileges alone speaks to the service manager, and only while the other one works."""
import os
import signal

import pytest

from test_notify import Manager, stuck  # noqa: F401
from tun import children


@pytest.fixture
def manager(tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.socket.close()


def test_ready_alive_and_the_end(agent, netns, manager):
    one = agent("agent_1", "--peer", "agent_2", ns=netns(), env=manager.environment(WATCHDOG_USEC="1000000"))
    manager.wait("READY=1")
    manager.wait("WATCHDOG=1", 3)
    one.stop()
    manager.wait("STOPPING=1")
    assert manager.said.count("READY=1") == 1


def test_the_child_cannot_reach_the_manager_and_is_missed(agent, netns, manager):
    one = agent("agent_1", ns=netns(), env=manager.environment(WATCHDOG_USEC="1000000"))
    manager.wait("WATCHDOG=1", 2)
    child = children(one.pid)[0]
    assert "notify" not in "".join(os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd"))
    os.kill(child, signal.SIGSTOP)
    assert manager.falls_silent(), "the main thread of the child stands still"
    os.kill(child, signal.SIGCONT)
    manager.wait("WATCHDOG=1", manager.said.count("WATCHDOG=1") + 1)
    one.stop()


def test_a_data_thread_that_is_stuck(agent, netns, manager, stuck):  # noqa: F811
    ns = netns()
    one = agent("agent_1", ns=ns, env={**stuck, **manager.environment(WATCHDOG_USEC="1000000")})
    manager.wait("WATCHDOG=1", 2)
    ns.run("ping", "-c", "1", "-W", "1", "-p", b"get stuck here".hex(), "10.2.0.9", check=False)
    assert manager.falls_silent()
    one.stop()
