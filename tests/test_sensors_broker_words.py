"""A broker that does not let us in is told by the key of the file that is to be looked at."""

import datetime
import time
from pathlib import Path

import pytest
import trustme
from broker import USERS, Mosquitto, needs_mosquitto
from cryptography.hazmat.primitives import serialization

from sensors.errors import SourceError
from sensors.sources.hotplug import HotSources
from sensors.sources.live import LiveOptions
from sensors.sources.mqtt import Broker, MqttSource

PAST = datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)


def details(sources: dict[str, MqttSource]) -> dict[str, str]:
    """Wait until each has failed, and give what it says."""
    ends_s = time.monotonic() + 20
    while not all("next try" in one.health(0).detail for one in sources.values()):
        assert time.monotonic() < ends_s
        time.sleep(0.02)
    told = {name: one.health(0).detail for name, one in sources.items()}
    for one in sources.values():
        one.close()
    return told


def _locked(key_pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(key_pem, None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"word"),
    )


@needs_mosquitto
def test_each_way_not_to_be_let_in_names_its_key(tmp_path: Path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    broker = Mosquitto(tmp_path)
    ca = str(tmp_path / "ca.pem")

    def source(**changes) -> MqttSource:
        at = {"port": broker.port, "tls": True, "ca": ca, "user": "twin", "password": USERS["twin"]}
        return MqttSource(
            Broker("127.0.0.1", topics=("yard/pos/+",), **(at | changes)),
            options=LiveOptions(hang_s=0.5, back_off_s=(5.0, 5.0)),
        )

    try:
        told = details({
            "authority": source(ca=str(tmp_path / "other.pem")),
            "no authority": source(ca=""),
            "plain": source(tls=False),
            "password": source(password="wrong"),
            "rights": source(user="stranger", password=USERS["stranger"]),
            "no certificate": source(port=broker.certified_port),
        })  # fmt: skip
    finally:
        broker.close()

    assert (
        "tls.ca: expected the authority of the broker's certificate, found 'other.pem'" in told["authority"]
    )
    assert "tls.ca: expected the authority of the broker's certificate, found none" in told["no authority"]
    assert "address: expected a broker without TLS, as mqtt: says" in told["plain"]
    assert "user: expected a user and password that it knows, found 'twin'" in told["password"]
    assert "topics: expected filters that something is published on and 'stranger' may read" in told["rights"]
    assert "tls.certificate: expected" in told["no certificate"]


@needs_mosquitto
def test_a_certificate_of_the_broker_that_has_expired_is_not_put_down_to_our_files(tmp_path: Path):
    broker = Mosquitto(tmp_path)
    broker.kill()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    expired = authority.issue_cert("127.0.0.1", not_before=PAST[0], not_after=PAST[1])
    expired.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    expired.private_key_pem.write_to_path(tmp_path / "server.key")
    broker.start()
    at = Broker("127.0.0.1", broker.port, ("yard/#",), tls=True, ca=str(tmp_path / "ca.pem"), user="twin")
    try:
        told = details({"expired": MqttSource(at)})["expired"]
    finally:
        broker.close()

    assert (
        "address: expected a broker with a certificate that is valid now, found one that has expired" in told
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ('ca = "junk.pem"', "tls.ca: expected certificates in PEM form, found no certificate in 'junk.pem'"),
        ('certificate = "junk.pem"', "tls.certificate: expected a certificate in PEM form, found none in"),
        ('certificate = "own.pem"', "tls.key: expected a key in PEM form, found none that can be read in"),
        ('certificate = "own.pem"\nkey = "other.key"', "tls.key: expected the key of tls.certificate, found"),
        (
            'certificate = "own.pem"\nkey = "locked.key"',
            "tls.key: expected a key without a passphrase, found",
        ),
        ('key = "other.key"', "tls.certificate: expected one, as there is tls.key, found none"),
    ],
    ids=["authority", "certificate", "no key", "another's key", "passphrase", "key alone"],
)
def test_files_that_are_no_certificates_are_refused_by_their_key(tmp_path: Path, files: str, said: str):
    authority = trustme.CA()
    own, other = authority.issue_cert("twin@yard.example"), authority.issue_cert("other@yard.example")
    own.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    own.private_key_pem.write_to_path(tmp_path / "own.key")
    other.private_key_pem.write_to_path(tmp_path / "other.key")
    (tmp_path / "junk.pem").write_text("no certificate\n")
    (tmp_path / "locked.key").write_bytes(_locked(own.private_key_pem.bytes()))
    toml = tmp_path / "yard.toml"
    toml.write_text(
        f'[[source]]\nname = "b"\naddress = "mqtts:127.0.0.1:1"\ntopics = ["yard/+"]\n[source.tls]\n{files}\n'
    )

    with pytest.raises(SourceError, match="source 'b'") as refused:
        HotSources(toml)

    assert said in str(refused.value)


@pytest.mark.parametrize("topic", ["yard/po+s", "yard/a#", "yard/#/pos", "#/pos", ""])
def test_a_wildcard_that_does_not_stand_alone_is_refused_before_a_broker_is_asked(tmp_path: Path, topic: str):
    toml = tmp_path / "yard.toml"
    toml.write_text(f'[[source]]\nname = "b"\naddress = "mqtt:127.0.0.1:1"\ntopics = ["{topic}"]\n')

    with pytest.raises(
        SourceError, match="topics: expected topic filters such as yard/pos/+, found".replace("+", r"\+")
    ):
        HotSources(toml)
