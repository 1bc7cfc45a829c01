"""A copy of a contract without what answers a document: Mono's svcutil writes nothing at all where one is."""
import contextlib
import http.server
import re
import threading
import urllib.request

import lxml.etree

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
DOCUMENT = re.compile(r"_(XML|DataSet)2?(Response|(Soap|HttpPost|HttpGet)(In|Out))?$|^DataSet$")


def _copy(url):
    contract = lxml.etree.fromstring(urllib.request.urlopen(url).read())
    for tag in (WSDL + "operation", WSDL + "message", SCHEMA + "element", SCHEMA + "complexType"):
        for named in [each for each in contract.iter(tag) if DOCUMENT.search(each.get("name") or "")]:
            named.getparent().remove(named)
    return lxml.etree.tostring(contract, xml_declaration=True, encoding="utf-8")


@contextlib.contextmanager
def served(url):
    """The address of the copy; svcutil takes none from a file."""
    copy = _copy(url)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.end_headers()
            self.wfile.write(copy)

        def log_message(self, *_):
            pass
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api.wsdl"
        finally:
            server.shutdown()
