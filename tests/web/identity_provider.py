"""A small OpenID Connect provider on loopback: discovery, authorization, token, keys, userinfo. All may come in."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "simpul", "rahasia klien"


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


@dataclass
class Provider:
    """`claims` is what it says of whoever comes next.

    `sign` makes the identity token of claims where it is not the honest one; `told` are userinfo's claims where they
    differ; `instead` holds (status, body) for a path, `drips` paths whose answer never ends.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    issued: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""
    sign: Callable[[dict[str, Any]], str] | None = None
    told: dict[str, Any] | None = None
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    drips: set[str] = field(default_factory=set)

    def honest(self, claims: dict[str, Any]) -> str:
        """A signed token."""
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})

    def discovery(self) -> dict[str, Any]:
        """What `.well-known/openid-configuration` says."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        """The public key, as RFC 7517 writes it."""
        public = self.key.public_key().public_numbers()
        return {
            "keys": [
                {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": _number(public.n), "e": _number(public.e)}
            ]
        }

    def code(self, asked: dict[str, str]) -> str:
        """A code that can be exchanged once."""
        code = secrets.token_urlsafe(16)
        self.issued[code] = asked
        return code

    def token(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The identity token for a code, if client and code are right."""
        asked = self.issued.pop(given.get("code", ""), None)
        if asked is None or (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        if "nonce" in asked:
            claims["nonce"] = asked["nonce"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if asked.get("code_challenge", "") != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        signed = (self.sign or self.honest)({**claims, **self.claims})
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    provider: ClassVar[Provider]

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """Discovery, keys, userinfo; and the browser that comes to prove who it is."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "/.well-known/openid-configuration": self.provider.discovery,
            "/keys": self.provider.keys,
            "/userinfo": lambda: self.provider.told or self.provider.claims,
        }
        if self.spoiled(parts.path):
            return
        if parts.path == "/authorize":
            back = {"code": self.provider.code(asked), "state": asked.get("state", "")}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
            self.end_headers()
        elif parts.path in answers:
            self.answer(200, answers[parts.path]())
        else:
            self.answer(404, {})

    def spoiled(self, path: str) -> bool:
        """Answer as a broken provider does, where it is to be one."""
        if path in self.provider.drips:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while path in self.provider.drips:
                    self.wfile.write(b" ")
                    time.sleep(0.05)
            return True
        if path not in self.provider.instead:
            return False
        status, data = self.provider.instead[path]
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(data)
        return True

    def do_POST(self) -> None:
        """The exchange of a code."""
        if self.spoiled(self.path):
            return
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(*self.provider.token({name: values[0] for name, values in parse_qs(body).items()}))

    def answer(self, status: int, content: dict[str, Any]) -> None:
        """As JSON."""
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve() -> tuple[Provider, ThreadingHTTPServer]:
    """Start one; call `shutdown()` and `server_close()` on the second when done."""
    provider = Provider()
    handler = type("ItsHandler", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return provider, server
