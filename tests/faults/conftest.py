"""Fixtures of the fault tests: those of the end-to-end tests, a proxy that misbehaves, and the figures that are printed at the end.

`make check` runs them in their short form; `make check-faults` sets FAULTS=long and prints what was measured.
"""
import importlib.util
import os
import sys
from pathlib import Path

import pytest

E2E = Path(__file__).resolve().parent.parent / "e2e"
sys.path[:0] = [str(E2E), str(E2E.parent)]

import bus_tools  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402


def _fixtures_of(path):
    spec = importlib.util.spec_from_file_location("e2e_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_e2e = _fixtures_of(E2E / "conftest.py")
binaries, bus_tool, netns, private_broker, probe, tool = _e2e.binaries, _e2e.bus_tool, _e2e.netns, _e2e.private_broker, _e2e.probe, _e2e.tool
broker, tun_allowed, vhost, witness = _e2e.broker, _e2e.tun_allowed, _e2e.vhost, _e2e.witness


@pytest.fixture
def proxy(broker):
    """Between the tool and the broker of the session."""
    proxy = FaultProxy(broker.port)
    yield proxy
    proxy.shut_down()


@pytest.fixture
def proxied(proxy, vhost):
    """The URL of the test's own virtual host, through the proxy."""
    return proxy.url(vhost=vhost.name)


@pytest.fixture
def start_tool(tool, probe, request):
    """start_tool(NAME, URL, OPTION...) starts a tool of ours with the least that it needs; not waited for. At the end of the test, whatever
    state that left it in, the tool stops when it is told to, and its sums hold."""
    starter = bus_tools.Starter(tool, probe, lambda: request.getfixturevalue("netns")())
    yield starter.start
    starter.close()


@pytest.fixture(scope="session")
def is_long():
    return os.environ.get("FAULTS") == "long"


@pytest.fixture
def only_long(is_long):
    """For what takes too long for every day."""
    if not is_long:
        pytest.skip("make check-faults")


@pytest.fixture
def alarm(broker):
    """alarm() puts the broker in memory alarm, alarm(False) ends that; it ends with the test."""
    normal = broker.eval("vm_memory_monitor:get_vm_memory_high_watermark()").split("ok,")[-1].strip(" {}\n")

    def set_alarm(on=True):
        broker.eval(f"vm_memory_monitor:set_vm_memory_high_watermark({'0.000001' if on else normal})")
    yield set_alarm
    set_alarm(False)


# --- figures ---

_figures = []


@pytest.fixture
def figure(record_property):
    """figure(WHAT, VALUE, LIMIT) is printed at the end of the run."""
    def note(what, value, limit=""):
        _figures.append((what, str(value), str(limit)))
        record_property(what, str(value))
    return note


def pytest_terminal_summary(terminalreporter):
    if not _figures:
        return
    terminalreporter.section("figures" + (" (short run)" if os.environ.get("FAULTS") != "long" else ""))
    width = max(len(what) for what, _, _ in _figures)
    for what, value, limit in _figures:
        terminalreporter.line(f"{what:{width}}  {value:>12}" + (f"   (at the most {limit})" if limit else ""))
