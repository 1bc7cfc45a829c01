"""An HTTPS server of MTA-STS policies (RFC 8461 3.3) for tests: one for all domains, by the name that is asked for."""
import http.server
import ssl
import threading

import certificates
from processes import free_port

PATH = "/.well-known/mta-sts.txt"


def policy(mode, *patterns, max_age=86400, **fields):
    lines = [("version", "STSv1"), ("mode", mode), *(("mx", pattern) for pattern in patterns), ("max_age", max_age),
             *fields.items()]
    return "".join(f"{key}: {value}\r\n" for key, value in lines)


class Answer:
    def __init__(self, body, status=200, kind="text/plain; charset=utf-8", **headers):
        self.body, self.status, self.kind, self.headers = body, status, kind, headers


class PolicyServer:
    """answers: {"example.test": Answer or the policy}; may change. asked: the domains, in order. certificates of the
    domains are made in folder; misnamed: those that get a certificate for another name."""

    def __init__(self, folder, address, domains, misnamed=()):
        self.address, self.port = address, free_port()
        self.answers, self.asked = {}, []
        self.certificates, contexts = [], {}
        for domain in domains:
            name = f"mta-sts.{domain}"
            pair = certificates.make(folder, f"other.{domain}" if domain in misnamed else name)
            self.certificates.append(pair[0])
            contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            contexts[name].load_cert_chain(*pair)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = lambda tls, name, _: setattr(tls, "context", contexts[name])
        self._server = http.server.ThreadingHTTPServer((address, self.port), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)

    def _handler(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                domain = self.headers["Host"].removeprefix("mta-sts.")
                server.asked.append(domain)
                answer = server.answers.get(domain) if self.path == PATH else None
                if not isinstance(answer, Answer):
                    answer = Answer(answer or "nothing", 200 if answer else 404)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body.encode())

            def log_message(self, *arguments):
                pass
        return Handler

    def start(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
