"""In PayPal's place: a certificate authority, the key that signs webhooks, and a server for its certificate and for IPN's postback.

Valid for this run alone; the cloud is told to trust it by `--paypal-endpoint` and `--paypal-trust-root`.
"""

import base64
import datetime
import functools
import threading
import uuid
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

WEBHOOK_ID = "8PT597110X687430LKGECATA"
CERT_PATH = "/v1/notifications/certs/CERT-0b7e41a2-5f6c9d10-28a4be33"
COMMON_NAME = "messageverificationcerts.paypal.com"


def certificate(name, key, issuer, issuer_key, authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return built.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class StandIn:
    """Serves until the process ends."""

    def __init__(self):
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.trust_root_pem = certificate("API test root", root_key, "API test root", root_key, authority=True)
        chain = certificate(COMMON_NAME, self.key, "API test root", root_key, authority=False)

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status, body):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                found = self.path == CERT_PATH
                self.answer(200 if found else 404, chain if found else b"")

            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.answer(200, b"VERIFIED") if self.path == "/cgi-bin/webscr" else self.answer(404, b"")

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{server.server_port}"

    def private_key_pem(self):
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


@functools.cache
def load(private_key_pem):
    return serialization.load_pem_private_key(private_key_pem.encode(), password=None)


def headers(body, private_key_pem):
    """The headers of a webhook with this body, sent now."""
    key = load(private_key_pem)
    transmission = str(uuid.uuid4())
    sent_at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = f"{transmission}|{sent_at}|{WEBHOOK_ID}|{zlib.crc32(body)}".encode()
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return {
        "PAYPAL-TRANSMISSION-ID": transmission,
        "PAYPAL-TRANSMISSION-TIME": sent_at,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
        "PAYPAL-CERT-URL": "https://api.paypal.com" + CERT_PATH,
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }
