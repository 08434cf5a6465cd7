"""Three private RabbitMQ nodes on loopback, joined into one cluster. Each is a harness.Broker."""
import os
import secrets
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

from free_ports import free_ports
from harness import Broker, wait_until


class Cluster:
    """nodes[0..size): their URLs are urls(). join=False: they know of each other, and are not joined yet."""

    def __init__(self, folder, size=3, join=True):
        self._epmd_port, *ports = free_ports(1 + 2 * size)
        cookie = secrets.token_hex(16)
        self._epmd = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)],
                                      env={"PATH": os.environ["PATH"], "HOME": str(folder)}, stdin=subprocess.DEVNULL)
        wait_until(self._epmd_listens, what="epmd")
        folders = [folder / f"node{i + 1}" for i in range(size)]
        for i, own in enumerate(folders):
            self._lay_out(own, cookie, ports[2 * i], ports[2 * i + 1])
        with ThreadPoolExecutor(size) as pool:
            self.nodes = list(pool.map(Broker, folders))
        for node in self.nodes[1:] if join else []:
            node.ctl("stop_app")
            node.ctl("join_cluster", self.name_of(self.nodes[0]))
            node.ctl("start_app")

    def _epmd_listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._epmd_port)) == 0

    def _lay_out(self, folder, cookie, port, dist_port):
        for part in ("home", "mnesia", "log"):
            (folder / part).mkdir(parents=True)
        cookie_file = folder / "home" / ".erlang.cookie"
        cookie_file.write_text(cookie)
        cookie_file.chmod(0o400)
        for name, text in (("epmd.shared", ""), ("rabbitmq-env.conf", ""), ("extra.conf", ""), ("advanced.config", "[]."),
                           ("enabled_plugins", "[].")):
            (folder / name).write_text(text)
        (folder / "env").write_text(f"AMQP_URL=amqp://guest:guest@127.0.0.1:{port}/\nBROKER_PORT={port}\nBROKER_DIST_PORT={dist_port}\n"
                                    f"BROKER_EPMD_PORT={self._epmd_port}\nBROKER_NODE=framebus-{port}@localhost\n")

    @staticmethod
    def name_of(node):
        return node.env["BROKER_NODE"]

    def urls(self, vhost="%2f"):
        return [node.url_of(vhost) for node in self.nodes]

    def close(self):
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(lambda node: node.close(), self.nodes))
        self._epmd.kill()
        self._epmd.wait(10)
