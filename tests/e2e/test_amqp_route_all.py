"""amqp-route --all where there are more names than places."""
import signal

from harness import Witness

TUN = "fromAgent.{}.ip.tun.packet.raw"


def test_made_up_names_leave_room(bus_tool, vhost, witness, tmp_path):
    """One user's sixty names: another user's agent has a place at once, one named in the file keeps its own, and what is on its way
    to who had the place does no harm."""
    path = tmp_path / "links"
    path.write_text("*>named loss=0\n")
    tool = bus_tool("amqp-route", "--all", "--links", path, "--delay", "50")
    flood = Witness(vhost.limited(".*", ".*"), [])
    other = witness("toAgent.named.#", "toAgent.real.#")
    for n in range(100):
        flood.publish(TUN.format(f"made_up_{n}"), "{}", user_id=f"{vhost.name}_limited")
    stats = tool.wait_stats(lambda s: s["route.messages"] == 100)
    assert (stats["route.rejected_no_link"], stats["route.agents_evicted"]) == (41, 0)
    other.collect(59, key="toAgent.named.ip.tun.packet.raw")
    other.publish(TUN.format("real"), "one", user_id="guest")
    assert other.get(key="toAgent.named.ip.tun.packet.raw").body == b"one"
    tool.wait_stderr("real has the place of made_up_0")
    for n in range(40, 60):
        flood.publish(TUN.format(f"made_up_{n}"), "two", user_id=f"{vhost.name}_limited")
    assert {m.key for m in other.collect(2 * 19)} == {"toAgent.named.ip.tun.packet.raw", "toAgent.real.ip.tun.packet.raw"}
    stats = tool.wait_stats(lambda s: s["route.waiting"] == 0)
    assert (stats["route.agents_evicted"], stats["route.rejected_no_link"]) == (1, 42)
    # With other links the same agents have places still.
    path.write_text("*>named loss=0\n*>real loss=0 duplicate=100\n")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links are others now, of 60 agents")
    other.publish(TUN.format("named"), "three", user_id="guest")
    assert [m.body for m in other.collect(2)] == [b"three"] * 2
    flood.close()


def test_who_has_started_is_known_by_name(bus_tool, vhost, witness, tmp_path):
    """A file that names one more agent before the others: that one is told to start, too."""
    path = tmp_path / "links"
    path.write_text("*>a loss=0\n")
    tool = bus_tool("amqp-route", "--all", "--links", path, "--bootstrap", wait=False)
    other = witness("toAgent.#")
    assert other.get().key == "toAgent.a.ip.tun.start"
    vhost.wait_binding("fromAgent.*.ip.tun.started")
    for name in "b", "a":
        other.publish(f"fromAgent.{name}.ip.tun.started", {"_api_version": "1.2.15", "name": name})
    tool.wait_ready()
    path.write_text("*>z loss=0\n*>a loss=0\n")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links are others now, of 3 agents")
    other.get(key="toAgent.z.ip.tun.start")
