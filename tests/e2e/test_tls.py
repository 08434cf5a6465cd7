"""amqps: names and addresses are verified, old TLS is refused, certificates may be the login; every failure says what is wrong."""
import ssl
import sys
import time

import pytest

import harness
from harness import wait_until
from tls import Authority, Server

sys.path.append(str(harness.TESTS))
from fault_proxy import Fault, FaultProxy  # noqa: E402
from free_ports import free_ports  # noqa: E402

NAMED = "DNS:localhost,IP:127.0.0.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca") / "ca")


@pytest.fixture(scope="module")
def identity(authority):
    """The broker's own certificate, for its name and for its address."""
    return authority.issue("broker", NAMED)


@pytest.fixture(scope="module")
def secure_broker(tmp_path_factory, authority, identity):
    """A RabbitMQ that also listens with TLS, and takes a client's certificate for its login."""
    folder = tmp_path_factory.mktemp("secure") / "broker"
    folder.mkdir()
    port, = free_ports(1)
    (folder / "enabled_plugins").write_text("[rabbitmq_auth_mechanism_ssl].")
    (folder / "extra.conf").write_text(f"""
listeners.ssl.default = 127.0.0.1:{port}
ssl_options.cacertfile = {authority.certificate}
ssl_options.certfile = {identity[0]}
ssl_options.keyfile = {identity[1]}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
ssl_cert_login_from = common_name
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
""")
    broker = harness.Broker(folder)
    broker.tls_port = port
    yield broker
    broker.close()


def dump(tool, url, *arguments, wait=False, **options):
    return tool("amqp-dump", "--url", url, "-w", "-", "--format", "pcap", *arguments, wait=wait, **options)


def fails(tool, url, *arguments, status=1, **options):
    """What it says."""
    failed = dump(tool, url, "--retry", "never", *arguments, **options)
    failed.wait(status=status)
    return failed.stderr


# --- what works ---

@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_names_and_addresses(tool, secure_broker, authority, host):
    reader = dump(tool, f"amqps://guest:guest@{host}:{secure_broker.tls_port}/", "--cacert", authority.certificate, wait=True)
    connections = secure_broker.ctl("list_connections", "ssl", "ssl_protocol", "client_properties")
    assert "true" in connections and ("tlsv1.2" in connections or "tlsv1.3" in connections)
    reader.stop()


def test_traffic_both_ways(tool, secure_broker, authority, tmp_path):
    """Bodies of one frame of AMQP and of many, through TLS."""
    url = f"amqps://guest:guest@localhost:{secure_broker.tls_port}/"
    reader = dump(tool, url, "--cacert", authority.certificate, wait=True)
    packets = [harness.ipv6_udp("bbbb::1", "bbbb::2", bytes([n]) * size) for n, size in enumerate((1, 1200, 60000))]
    capture = tmp_path / "in.pcap"
    capture.write_bytes(harness.pcap_bytes(101, [(n * 1000, p) for n, p in enumerate(packets)]))
    player = tool("amqp-play", "-u", url, "--cacert", authority.certificate, "-n", "a", "-r", capture, "--speed", "0", wait=False)
    player.wait(status=0)
    reader.wait_stats(lambda report: report["output.written"] == len(packets))
    assert [r.data for r in harness.pcap_records(reader.stdout)[1]] == packets
    assert player.final_stats()["bus_uplink.confirmed"] == len(packets)


def test_a_certificate_is_the_login(tool, secure_broker, authority):
    """SASL EXTERNAL: no user in the URL, the broker takes the common name."""
    certificate, key = authority.issue("probe_1", client=True)
    secure_broker.ctl("add_user", "probe_1", "not-used")
    secure_broker.ctl("set_permissions", "probe_1", ".*", ".*", ".*")
    dump(tool, f"amqps://localhost:{secure_broker.tls_port}/", "--cacert", authority.certificate,
         "--cert", certificate, "-k", "#", "--key", key, wait=True)
    assert "probe_1" in [c["user"] for c in secure_broker.connections()]


def test_the_systems_cas(tool, secure_broker, authority):
    """Without --cacert it is OpenSSL's own folder and file that count."""
    url = f"amqps://guest:guest@localhost:{secure_broker.tls_port}/"
    dump(tool, url, env={"SSL_CERT_FILE": str(authority.certificate)}, wait=True).stop()
    assert "self-signed certificate in certificate chain (--cacert" in fails(tool, url)


def test_it_comes_back(tool, secure_broker, authority):
    reader = dump(tool, f"amqps://guest:guest@localhost:{secure_broker.tls_port}/", "--cacert", authority.certificate, wait=True)
    secure_broker.close_connections("/")
    reader.wait_stats(lambda report: report["bus_downlink.connections"] == 2)


@pytest.mark.parametrize("own", ["option", "variable"])
def test_a_tunnel_that_may_not_read_its_files(tool, secure_broker, authority, netns, own):
    """The process that connects is nobody's who could: its files are opened for it, and those that have taken their place."""
    certificate, key = authority.issue(f"tunnel_{own}", client=True)
    secure_broker.ctl("add_user", f"tunnel_{own}", "not-used")
    secure_broker.ctl("set_permissions", f"tunnel_{own}", ".*", ".*", ".*")
    trusted = {"option": (["--cacert", authority.certificate], {}), "variable": ([], {"SSL_CERT_FILE": str(authority.certificate)})}[own]
    assert key.stat().st_mode & 0o777 == 0o600
    tunnel = tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, "--url", f"amqps://localhost:{secure_broker.tls_port}/",
                  "--cert", certificate, "--key", key, *trusted[0], env=trusted[1])
    for each in certificate, key:
        each.rename(f"{each}.old")
    secure_broker.close_connections("/")
    tunnel.wait_stderr(f"{certificate} and .* are not a certificate and its key .No such file or directory.*trying again")
    for each in certificate, key:
        each.with_name(f"{each.name}.old").rename(each)
    tunnel.wait_stats(lambda report: report["bus_downlink.connections"] == 2 and report["bus_uplink.connections"] == 2)
    tunnel.stop()


# --- what is refused, and why ---

def test_a_certificate_that_nobody_has_a_user_for(tool, secure_broker, authority):
    certificate, key = authority.issue("stranger", client=True)
    said = fails(tool, f"amqps://localhost:{secure_broker.tls_port}/", "--cacert", authority.certificate,
                 "--cert", certificate, "-k", "#", "--key", key, status=3)
    assert "ACCESS_REFUSED" in said


@pytest.fixture
def server():
    made = []

    def make(identity, **options):
        made.append(Server(*identity, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()


def test_another_authority(tool, server, identity, authority, tmp_path):
    other = Authority(tmp_path / "other", "somebody else")
    said = fails(tool, f"amqps://localhost:{server(identity).port}/", "--cacert", other.certificate)
    assert "TLS" in said and "unable to get local issuer certificate" in said and "--cacert" in said


def test_self_signed(tool, server, tmp_path, authority):
    own = Authority(tmp_path / "self", "localhost")
    said = fails(tool, f"amqps://localhost:{server((own.certificate, own._key)).port}/", "--cacert", authority.certificate)
    assert "self-signed certificate" in said


def test_expired(tool, server, authority):
    said = fails(tool, f"amqps://localhost:{server(authority.issue('late', NAMED, expired=True)).port}/", "--cacert", authority.certificate)
    assert "certificate has expired" in said


@pytest.mark.parametrize("host,alternatives", [
    ("localhost", "DNS:broker.example"), ("127.0.0.1", "IP:127.0.0.2"), ("127.0.0.1", "DNS:127.0.0.1"), ("localhost", "IP:127.0.0.1"),
])
def test_another_name(tool, server, authority, host, alternatives):
    said = fails(tool, f"amqps://{host}:{server(authority.issue('elsewhere', alternatives)).port}/", "--cacert", authority.certificate)
    assert f"is not for {host}" in said


def test_a_clients_certificate_is_no_servers(tool, server, authority):
    said = fails(tool, f"amqps://localhost:{server(authority.issue('client', NAMED, client=True)).port}/", "--cacert", authority.certificate)
    assert "unsuitable certificate purpose" in said or "unsupported certificate purpose" in said


PERMISSIVE = """
openssl_conf = main
[main]
ssl_conf = all
[all]
system_default = lax
[lax]
MinProtocol = TLSv1
CipherString = DEFAULT:@SECLEVEL=0
"""


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls(tool, server, identity, authority, tmp_path, newest):
    """Not even where the system's configuration allows it."""
    (tmp_path / "openssl.conf").write_text(PERMISSIVE)
    old = server(identity, newest=newest)
    said = fails(tool, f"amqps://localhost:{old.port}/", "--cacert", authority.certificate,
                 env={"OPENSSL_CONF": str(tmp_path / "openssl.conf")})
    assert "TLS 1.2" in said
    assert old.versions == []


def test_no_tls_at_all(tool, broker, authority):
    said = fails(tool, f"amqps://guest:guest@127.0.0.1:{broker.port}/", "--cacert", authority.certificate)
    assert "TLS" in said and ("does not speak TLS" in said)


def test_tls_where_there_is_none_expected(tool, secure_broker):
    """amqp:// on the port of amqps://"""
    said = fails(tool, f"amqp://guest:guest@127.0.0.1:{secure_broker.tls_port}/")
    assert "127.0.0.1" in said and "login" in said


def test_a_broker_that_wants_a_certificate(tool, authority, identity, tmp_path, server):
    wanting = server(identity, client_authority=authority.certificate, newest=ssl.TLSVersion.TLSv1_2)
    said = fails(tool, f"amqps://localhost:{wanting.port}/", "--cacert", authority.certificate)
    assert "certificate" in said and "--cert" in said


# --- files ---

@pytest.mark.parametrize("content", [b"", b"not a certificate\n", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_file_without_cas(tool, server, identity, tmp_path, content):
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    said = fails(tool, f"amqps://localhost:{server(identity).port}/", "--cacert", path)
    assert str(path) in said and "CA" in said


def test_files_that_are_not_there(tool, tmp_path):
    missing = tmp_path / "nothing.pem"
    said = fails(tool, "amqps://localhost:1/", "--cacert", missing, status=2)
    assert str(missing) in said and "No such file" in said


def test_a_key_of_another_certificate(tool, server, identity, authority):
    certificate, _ = authority.issue("one", client=True)
    _, key = authority.issue("two", client=True)
    said = fails(tool, f"amqps://localhost:{server(identity).port}/", "--cacert", authority.certificate,
                 "--cert", certificate, "-k", "#", "--key", key)
    assert str(certificate) in said and str(key) in said and "mismatch" in said


# --- time ---

def test_a_handshake_that_stalls(tool, secure_broker, authority):
    """Stopped in the middle of it, and found to be stopped in the middle of it."""
    proxy = FaultProxy(secure_broker.tls_port)
    try:
        proxy.set(down=Fault(stall=300))
        reader = dump(tool, f"amqps://guest:guest@127.0.0.1:{proxy.port}/", "--cacert", authority.certificate)
        wait_until(lambda: proxy.connections and proxy.connections[0].octets("down") == 300, what="a handshake in its middle")
        started = time.monotonic()
        reader.stop(status=0)
        assert time.monotonic() - started < 6
    finally:
        proxy.shut_down()


@pytest.mark.parametrize("way", ["up", "down"])
def test_octets_changed_on_the_way(tool, secure_broker, authority, way):
    """TLS sees it: the connection ends, the next one works."""
    proxy = FaultProxy(secure_broker.tls_port)
    try:
        reader = dump(tool, f"amqps://guest:guest@127.0.0.1:{proxy.port}/", "--cacert", authority.certificate, wait=True)
        for number, offset in enumerate((3, 40, 700, 1200), start=2):
            proxy.next(**{way: Fault(flip=((offset, 0x10),))})
            proxy.reset()
            reader.wait_stats(lambda report: report["bus_downlink.connections"] >= number)
    finally:
        proxy.shut_down()
