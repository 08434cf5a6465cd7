"""A private certification authority, made with openssl, and TLS servers that are wrong in one way each."""
import socket
import ssl
import subprocess
import threading

CONFIG = """
[ca]
default_ca = own
[own]
dir = {folder}
database = $dir/index
new_certs_dir = $dir
serial = $dir/serial
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
commonName = unused
[authority]
basicConstraints = critical, CA:true
keyUsage = keyCertSign, cRLSign
"""


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=30)


class Authority:
    def __init__(self, folder, name="framebus test CA"):
        self.folder = folder
        folder.mkdir(parents=True)
        self.certificate, self._key, self._config = folder / "ca.pem", folder / "ca.key", folder / "ca.conf"
        self._config.write_text(CONFIG.format(folder=folder))
        (folder / "index").write_text("")
        (folder / "serial").write_text("1000\n")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj", f"/CN={name}",
                 "-config", self._config, "-extensions", "authority", "-keyout", self._key, "-out", self.certificate)

    def issue(self, name, alternatives="", client=False, expired=False, early=False):
        """(certificate, key) for a common name; alternatives as openssl has them: "DNS:a,IP:127.0.0.1"."""
        certificate, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        usage = "clientAuth" if client else "serverAuth"
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"extendedKeyUsage = {usage}\n" + (f"subjectAltName = {alternatives}\n" if alternatives else ""))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-config", self._config,
                 "-keyout", key, "-out", request)
        validity = ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z") if expired else \
            ("-startdate", "20900101000000Z", "-enddate", "20910101000000Z") if early else ("-days", 2)
        _openssl("ca", "-batch", "-notext", "-config", self._config, "-cert", self.certificate, "-keyfile", self._key,
                 "-extfile", extensions, *validity, "-in", request, "-out", certificate)
        key.chmod(0o600)
        return certificate, key


class Server:
    """Shakes hands with whoever comes (and has a certificate of that authority), and says nothing more."""

    def __init__(self, certificate, key, newest=ssl.TLSVersion.TLSv1_3, client_authority=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.load_cert_chain(certificate, key)
        if client_authority:
            context.load_verify_locations(client_authority)
            context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.versions = []
        threading.Thread(target=self._serve, args=(context,), daemon=True).start()

    def _serve(self, context):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            try:
                peer.settimeout(10)
                with context.wrap_socket(peer, server_side=True) as secured:
                    self.versions.append(secured.version())
                    secured.recv(1)
            except OSError:
                peer.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
