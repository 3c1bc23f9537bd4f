"""Certificates from the site file."""

from __future__ import annotations

import ssl
from pathlib import Path

from edge_agent.config.site import Tls
from edge_agent.values.errors import UplinkError


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho 2.2 forgets to, and a box tries for weeks."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(tls: Tls, base: Path) -> ssl.SSLContext:
    """Verify the broker by `tls.ca` (or the system's CAs) and show `tls.cert` if there is one.

    Args:
        tls: the options; relative paths start from `base`.
        base: folder of the site file.

    Raises:
        UplinkError: a file is missing, unreadable, not a certificate, or key and certificate do not belong together.
    """
    ca, cert, key = (_readable(option, base, getattr(tls, option)) for option in ("ca", "cert", "key"))
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise UplinkError(f"mqtt.tls.ca: {ca}: 不是 PEM 证书 not a PEM certificate ({error.reason})") from error
    context.sslsocket_class = _Socket
    if key is not None and cert is None:
        raise UplinkError("mqtt.tls.key: 缺少证书 a key needs its certificate; set mqtt.tls.cert")
    if cert is not None:
        try:
            # An encrypted key would make OpenSSL ask on the terminal; a service has none.
            context.load_cert_chain(cert, key, password=lambda: "")
        except (ssl.SSLError, OSError) as error:
            why = getattr(error, "reason", None) or error
            raise UplinkError(
                f"mqtt.tls.cert: {cert}: 证书与私钥无法使用 needs certificate and key as unencrypted PEM that belong "
                f"together ({why})"
            ) from error
    return context


def _readable(option: str, base: Path, path: Path | None) -> Path | None:
    if path is None:
        return None
    file = base / path
    try:
        file.open("rb").close()
    except OSError as error:
        raise UplinkError(f"mqtt.tls.{option}: {file}: 无法读取 cannot be read ({error.strerror})") from error
    return file
