"""A mosquitto of the tests' own: TLS, users, an ACL, in a folder that is thrown away."""

import contextlib
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MISSING = (
    "mosquitto is not here: .ci/debian-packages installs it where that is allowed "
    "(apt-get install mosquitto), and without it these tests cannot run"
)
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason=MISSING)

ACL = """\
user twin
topic read yard/#
user gateway
topic write yard/#
pattern write yard/pos/%u
"""
USERS = {"twin": "read-only", "gateway": "writes", "TT-07": "own", "stranger": "nothing"}


class Mosquitto:
    """Runs a broker; can be killed, frozen and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.certified_port, self.plain_port = _free_port(), _free_port(), _free_port()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        server = authority.issue_cert("127.0.0.1", "localhost")
        server.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        server.private_key_pem.write_to_path(folder / "server.key")
        client = authority.issue_cert("twin@yard.example", common_name="twin")
        client.private_key_and_cert_chain_pem.write_to_path(folder / "twin.pem")
        stranger = trustme.CA().issue_cert("twin@yard.example", common_name="twin")
        stranger.private_key_and_cert_chain_pem.write_to_path(folder / "stranger.pem")
        (folder / "acl").write_text(ACL)
        passwords = folder / "passwords"
        passwords.write_text("".join(f"{user}:{word}\n" for user, word in USERS.items()))
        (folder / "acl").chmod(0o600)
        passwords.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\n"
            f"cafile {folder}/ca.pem\ncertfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
            f"allow_anonymous false\npassword_file {passwords}\nacl_file {folder}/acl\n"
            "persistence false\nmax_queued_messages 200000\nmax_inflight_messages 1000\n"
            "set_tcp_nodelay true\nuser root\nlog_type error\n"
            # Here a certificate is the only way in, and its common name is the user.
            f"listener {self.certified_port} 127.0.0.1\n"
            f"cafile {folder}/ca.pem\ncertfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
            "require_certificate true\nuse_identity_as_username true\n"
            f"listener {self.plain_port} 127.0.0.1\n"
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert MOSQUITTO is not None
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
        )
        log.close()
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        """End it at once, as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Let it stand: connections stay open, nothing comes."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def publisher(self, user: str = "gateway") -> Any:
        """Give a connected client that may publish as its user may."""
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.username_pw_set(user, USERS[user])
        client.tls_set_context(ssl.create_default_context(cafile=str(self.folder / "ca.pem")))
        client.max_inflight_messages_set(1000)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        ends = time.monotonic() + 20
        while not client.is_connected() and time.monotonic() < ends:
            time.sleep(0.01)
        assert client.is_connected()
        return client

    def close(self) -> None:
        """Stop it."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def ended(client: Any) -> None:
    """Disconnect a publisher and stop its thread."""
    client.disconnect()
    client.loop_stop()
