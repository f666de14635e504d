"""Why a broker does not let us in, by the key of the file of sources that is to be looked at."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

Problem = tuple[str, str, str]
"""Key, what was expected, what was found."""

_AUTHORITY = {18, 19, 20, 21, 24}
_EARLY, _EXPIRED = 9, 10
_NAMES = {62, 64}
"""Codes of X509_verify_cert_error_string (OpenSSL 3)."""

_OURS = {
    "CERTIFICATE_REQUIRED": "a certificate, as the broker wants one",
    "CERTIFICATE_EXPIRED": "a certificate that is valid now",
    "CERTIFICATE_REVOKED": "a certificate that is valid",
    "UNKNOWN_CA": "a certificate of an authority that the broker trusts",
    "BAD_CERTIFICATE": "a certificate that the broker takes",
    "CERTIFICATE_UNKNOWN": "a certificate that the broker takes",
    "UNSUPPORTED_CERTIFICATE": "a certificate that the broker takes",
    "HANDSHAKE_FAILURE": "a certificate that the broker takes",
}
"""Last words of the alert by which a broker refuses our certificate -> what it would take."""


@dataclass(frozen=True, slots=True)
class Papers:
    """By what two sides know each other, as files; empty where there is none."""

    ca: str = ""
    certificate: str = ""
    key: str = ""


def said(problem: Problem) -> str:
    """Give a problem as a sentence."""
    key, expected, found = problem
    return f"{key}: expected {expected}, found {found}"


def load(context: ssl.SSLContext, papers: Papers) -> Problem | None:
    """Let a context know files; give what is wrong with them, None where nothing is.

    A key that wants a passphrase is refused: nobody is there to type it.
    """
    try:
        if papers.ca:
            context.load_verify_locations(papers.ca)
        else:
            context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        return "tls.ca", "certificates in PEM form", _found(papers.ca, error, "no certificate")
    if not papers.certificate:
        return None
    try:
        context.load_cert_chain(papers.certificate, papers.key or None, password=_no_passphrase)
    except (OSError, ssl.SSLError, ValueError) as error:
        return _own_problem(papers, error)
    return None


def _no_passphrase() -> str:
    raise ValueError("a key with a passphrase")


def _own_problem(papers: Papers, error: Exception) -> Problem:
    """Tell what is wrong with our own certificate and its key."""
    where = papers.key or papers.certificate
    key = "tls.key" if papers.key else "tls.certificate"
    if isinstance(error, ValueError) and not isinstance(error, ssl.SSLError):
        return key, "a key without a passphrase", f"one with a passphrase in {Path(where).name!r}"
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return key, "the key of tls.certificate", f"that of another in {Path(where).name!r}"
    if b"CERTIFICATE-----" not in _read(papers.certificate):
        return "tls.certificate", "a certificate in PEM form", _found(papers.certificate, error, "none")
    return "tls.key", "a key in PEM form", _found(where, error, "none that can be read")


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _found(path: str, error: Exception, nothing: str) -> str:
    if isinstance(error, ssl.SSLError):
        return f"{nothing} in {Path(path).name!r}"
    return f"{Path(path).name!r}: {getattr(error, 'strerror', '') or error}"


def not_connected(error: Exception, host: str, papers: Papers | None) -> str:
    """Tell why a connection did not come about.

    Parameters
    ----------
    error : Exception
        What connecting raised.
    host : str
        Of the broker, as the address names it.
    papers : Papers or None
        None: without TLS.
    """
    if papers is not None and isinstance(error, ConnectionResetError):
        found = "a connection that it closed at once; without TLS it is mqtt:"
        return said(("address", "a broker that speaks TLS, as mqtts: says", found))
    if papers is not None and isinstance(error, ssl.SSLError):
        return _by_tls(error, host, papers)
    if isinstance(error, socket.gaierror):
        return said(("address", "a host that can be found", f"{host!r}: {error.strerror or error}"))
    return getattr(error, "strerror", "") or str(error) or type(error).__name__


def _by_tls(error: ssl.SSLError, host: str, papers: Papers) -> str:
    """Tell why no TLS came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return said(_of_the_broker(error, host, papers))
    ours = refused_ours(error, papers)
    if ours:
        return ours
    found = f"none that does on this port ({error.reason or error})"
    return said(("address", "a broker that speaks TLS, as mqtts: says", found))


def _of_the_broker(error: ssl.SSLCertVerificationError, host: str, papers: Papers) -> Problem:
    """Tell what is wrong with the broker's certificate."""
    why = error.verify_message.rstrip(".")
    if error.verify_code in _NAMES:
        return "address", "a host that the broker's certificate names", f"{host!r}, which it does not"
    if error.verify_code == _EXPIRED:
        return "address", "a broker with a certificate that is valid now", "one that has expired"
    if error.verify_code == _EARLY:
        return "address", "a broker with a certificate that is valid now", "one that is not valid yet"
    if error.verify_code in _AUTHORITY:
        named = f"{Path(papers.ca).name!r}" if papers.ca else "none, and the system trusts no such one"
        return "tls.ca", "the authority of the broker's certificate", f"{named} ({why})"
    return "tls.ca", "a broker's certificate that can be trusted", why


def refused_ours(error: BaseException | None, papers: Papers) -> str:
    """Tell that, and why, the broker refused our certificate; empty where it did not."""
    reason = getattr(error, "reason", None) or ""
    wanted = next((text for word, text in _OURS.items() if reason.endswith(word)), "")
    if not wanted:
        return ""
    found = Path(papers.certificate).name if papers.certificate else ""
    return said(("tls.certificate", wanted, f"{found!r} refused" if found else "none"))
