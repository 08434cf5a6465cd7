"""The sums of every tool's statistics that must hold whatever has happened, checked when a tool has ended (while it runs, a report may
be taken between two additions of a thread).

    read = published + dropped        kept: published = confirmed + returned + refused + pending        received = delivered + rejected
"""


def total(report, section, *names):
    """Of the counters of that section with these names; a name that ends in _ stands for all that begin so."""
    prefix = section + "."
    own = {name.removeprefix(prefix): value for name, value in report.items() if name.startswith(prefix)}
    return sum(value for name, value in own.items() if name in names or any(n.endswith("_") and name.startswith(n) for n in names))


def _kept_publisher(report):
    return (total(report, "bus_uplink", "published", "restored"), total(report, "bus_uplink", "confirmed", "unroutable", "pending", "refused"))


def _amqp_play(report):
    yield "kept messages", *_kept_publisher(report)
    yield "capture", total(report, "capture", "read"), total(report, "bus_uplink", "packets") + total(report, "capture", "rejected_", "stopped") + \
        total(report, "filter", "left_out")


def _amqp_dump(report):
    yield "messages from the bus", total(report, "bus_downlink", "received"), \
        total(report, "downlink", "messages") + total(report, "bus_downlink", "rejected_", "duplicates")


def _probe(report):
    yield "frames on the line", sum(total(report, s, "frames") for s in ("slip", "sensniff", "nrf_sniffer", "spinel")), total(report, "probe", "fcs_good", "fcs_bad", "unchecked", "too_short")
    yield "frames of the probe", total(report, "line", "passed", "dropped_"), total(report, "probe", "fcs_good", "fcs_bad", "unchecked")


def _control(report):
    yield "control messages", total(report, "control", "received"), total(report, "control", "handled", "ignored", "refused", "rejected")


def _amqp_serial(report):
    yield "kept messages", *_kept_publisher(report)
    yield from _probe(report)
    yield from _control(report)
    yield "frames through the ring", total(report, "line", "passed"), total(report, "uplink", "read")
    yield "frames from the probe", total(report, "uplink", "read"), total(report, "uplink", "published", "waiting", "dropped_") + \
        total(report, "filter", "left_out")
    yield "frames to the probe", total(report, "downlink", "received"), \
        total(report, "downlink", "delivered", "waiting", "rejected_", "dropped_")
    if "tee.written" in report:
        yield "frames of the tee", total(report, "line", "passed", "dropped_no_room") + total(report, "downlink", "delivered", "dropped_no_ack"), \
            total(report, "tee", "written", "left_over", "dropped_")


def _amqp_tun(report):
    yield from _control(report)
    yield "packets from the interface", total(report, "uplink", "read"), total(report, "uplink", "published", "dropped_")
    yield "packets published", total(report, "uplink", "published"), total(report, "bus_uplink", "packets")
    yield "packets to the interface", total(report, "downlink", "received"), total(report, "downlink", "delivered", "rejected_")


def _amqp_route(report):
    yield "kept messages", total(report, "bus_kept_uplink", "published", "restored"), \
        total(report, "bus_kept_uplink", "confirmed", "unroutable", "pending", "refused")
    yield "messages of agents", total(report, "route", "messages"), total(report, "route", "routed", "rejected_")
    yield "copies", total(report, "route", "copies"), total(report, "route", "forwarded", "waiting", "dropped_")
    yield "copies published", total(report, "route", "forwarded"), total(report, "bus_uplink", "packets") + total(report, "bus_kept_uplink", "packets")


_TOOLS = {"amqp-route": _amqp_route, "amqp-play": _amqp_play, "amqp-dump": _amqp_dump, "amqp-serial": _amqp_serial, "amqp-tun": _amqp_tun}


def assert_sums(report):
    """Of a tool that has ended."""
    for what, left, right in _TOOLS.get(report["tool"], lambda _: ())(report):
        assert left == right, f"{report['tool']}: {what}: {left} is not {right} in {report}"


def assert_stream(report, published):
    """A consumer of one whole stream: what does not arrive once is lost, and told."""
    received = total(report, "bus_downlink", "received") - total(report, "bus_downlink", "duplicates", "rejected_")
    assert received + report["bus_downlink.lost_on_bus"] == published, report
