"""A server of mail on the socket that is its standard input: what it accepts becomes a file of a Maildir."""

import asyncio
import socket
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

folder, security, password, certificate, key = sys.argv[1:]


class Handler(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"stanch" and data.password.decode() == password
    # What is not handled here, the server answers itself.
    return AuthResult(success=right, handled=False)


async def main():
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

    def session():
        return SMTP(
            Handler(folder),
            hostname="mail.test",
            authenticator=authenticate,
            auth_required=bool(password),
            auth_require_tls=security == "starttls",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
        )

    sock = socket.socket(fileno=0)
    sock.setblocking(False)
    wrapped = context if security == "tls" else None
    server = await asyncio.get_running_loop().create_server(session, sock=sock, ssl=wrapped)
    await server.serve_forever()


asyncio.run(main())
