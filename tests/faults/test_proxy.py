"""The proxy itself does what it is told: a fault that does not happen would let every test behind it pass."""
import socket
import threading
import time

import pytest

from fault_proxy import Fault, FaultProxy


def _serve(listener):
    """Gives back what it gets, until the other side ends."""
    def echo(peer):
        with peer:
            try:
                while data := peer.recv(65536):
                    peer.sendall(data)
            except OSError:
                pass
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=echo, args=(peer,), daemon=True).start()


@pytest.fixture
def echo_proxy():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        proxy = FaultProxy(listener.getsockname()[1])
        yield proxy
        proxy.shut_down()
        listener.shutdown(socket.SHUT_RDWR)


def connect(proxy, patience=10.0):
    return socket.create_connection(("127.0.0.1", proxy.port), patience)


def receive(peer, count):
    data = b""
    while len(data) < count:
        piece = peer.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


def is_quiet(peer):
    peer.settimeout(0.2)
    try:
        return not peer.recv(1) and False
    except TimeoutError:
        return True
    finally:
        peer.settimeout(10)


def test_passes_everything_by_default(echo_proxy):
    sent = bytes(range(256)) * 4000
    with connect(echo_proxy) as peer:
        threading.Thread(target=peer.sendall, args=(sent,), daemon=True).start()
        assert receive(peer, len(sent)) == sent
    connection = echo_proxy.connections[0]
    assert connection.ended.wait(10)
    assert (connection.octets("up"), connection.octets("down")) == (len(sent), len(sent))


def test_refuses_and_accepts_on_the_same_port(echo_proxy):
    for _ in range(2):
        echo_proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(echo_proxy)
        echo_proxy.accept()
        with connect(echo_proxy) as peer:
            peer.sendall(b"x")
            assert receive(peer, 1) == b"x"


def test_accepts_and_says_nothing(echo_proxy):
    echo_proxy.set("silent")
    with connect(echo_proxy) as peer:
        peer.sendall(b"x")
        assert is_quiet(peer)
    echo_proxy.set()
    with connect(echo_proxy) as peer:
        peer.sendall(b"x")
        assert receive(peer, 1) == b"x"


@pytest.mark.parametrize("count", [0, 1, 3, 70000])
@pytest.mark.parametrize("way", ["up", "down"])
def test_cuts_after_exactly_so_many_octets(echo_proxy, way, count):
    echo_proxy.next(**{way: Fault(cut=count)})
    sent = bytes(100000)
    with connect(echo_proxy) as peer:
        threading.Thread(target=lambda: _send(peer, sent), daemon=True).start()
        received = _receive_all(peer)
    connection = echo_proxy.connections[0]
    assert connection.ended.wait(10)
    assert connection.octets(way) == count
    assert len(received) <= count
    with connect(echo_proxy) as peer:  # the next one is whole
        peer.sendall(b"x")
        assert receive(peer, 1) == b"x"


def _send(peer, data):
    try:
        peer.sendall(data)
    except OSError:
        pass


def _receive_all(peer):
    data = b""
    try:
        while piece := peer.recv(65536):
            data += piece
    except ConnectionError:
        pass
    return data


def test_a_cut_is_no_reset_and_a_reset_is(echo_proxy):
    echo_proxy.next(down=Fault(cut=2))
    with connect(echo_proxy) as peer:
        peer.sendall(b"abcd")
        assert receive(peer, 4) == b"ab"
    echo_proxy.next(down=Fault(reset=2))
    with connect(echo_proxy) as peer:
        peer.sendall(b"abcd")
        with pytest.raises(ConnectionResetError):
            receive(peer, 4)


@pytest.mark.parametrize("way", ["up", "down"])
def test_stalls_and_resumes(echo_proxy, way):
    with connect(echo_proxy) as peer:
        peer.sendall(b"a")
        assert receive(peer, 1) == b"a"
        echo_proxy.stall(way)
        peer.sendall(b"b")
        assert is_quiet(peer)
        echo_proxy.resume()
        assert receive(peer, 1) == b"b"


def test_a_stall_fills_the_window(echo_proxy):
    with connect(echo_proxy) as peer:
        peer.sendall(b"a")
        assert receive(peer, 1) == b"a"
        echo_proxy.stall("up")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        peer.settimeout(0.3)
        with pytest.raises(TimeoutError):
            peer.sendall(bytes(8 << 20))


def test_stalls_after_so_many_octets(echo_proxy):
    echo_proxy.next(down=Fault(stall=2))
    with connect(echo_proxy) as peer:
        peer.sendall(b"abcd")
        assert receive(peer, 2) == b"ab"
        assert is_quiet(peer)


def test_swallows(echo_proxy):
    echo_proxy.next(up=Fault(swallow=2))
    with connect(echo_proxy) as peer:
        peer.settimeout(10)
        peer.sendall(b"abcd" + bytes(4 << 20))  # taken, all of it
        assert receive(peer, 2) == b"ab"
        assert is_quiet(peer)


def test_flips(echo_proxy):
    echo_proxy.next(up=Fault(flip=((1, 0x20), (3, 0xff))), down=Fault(flip=((0, 1),)))
    with connect(echo_proxy) as peer:
        peer.sendall(b"a")
        peer.sendall(b"bcd")
        assert receive(peer, 4) == b"`Bc" + bytes([ord("d") ^ 0xff])


def test_delays_and_throttles(echo_proxy):
    echo_proxy.next(up=Fault(delay=0.2), down=Fault(rate=10000))
    with connect(echo_proxy) as peer:
        start = time.monotonic()
        peer.sendall(bytes(3000))
        receive(peer, 3000)
        assert 0.4 <= time.monotonic() - start < 5


def test_ends_all_that_is_open(echo_proxy):
    for end, expected in ((echo_proxy.close, b""), (echo_proxy.reset, None)):
        with connect(echo_proxy) as peer:
            peer.sendall(b"x")
            assert receive(peer, 1) == b"x"
            end()
            if expected is None:
                with pytest.raises(ConnectionResetError):
                    peer.recv(1)
            else:
                assert peer.recv(1) == expected
    assert echo_proxy.open_connections() == []


def test_a_target_that_is_not_there(echo_proxy):
    with socket.socket() as holder:  # bound, so that nobody else listens there
        holder.bind(("127.0.0.1", 0))
        echo_proxy.target = holder.getsockname()[1]
        with connect(echo_proxy) as peer:
            assert _receive_all(peer) == b""
