"""Self-signed certificates for servers of the tests."""
import ssl
import subprocess


def make(folder, hostname, *options):
    """Makes hostname's certificate and key in folder. options: further ones of `openssl req`. Returns their paths."""
    certificate, key = folder / f"{hostname}.crt", folder / f"{hostname}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "30", "-subj", f"/CN={hostname}", "-addext", f"subjectAltName=DNS:{hostname}",
         "-keyout", key, "-out", certificate, *options], check=True, capture_output=True)
    return certificate, key


def make_issued(folder, hostname):
    """hostname's certificate, issued by an authority of its own. Returns the paths of both in one file, of the key, and of
    the authority's certificate."""
    authority, authority_key = make(folder, f"authority.{hostname}")
    own, key = make(folder, hostname, "-CA", authority, "-CAkey", authority_key)
    chain = folder / f"{hostname}.chain"
    chain.write_text(own.read_text() + authority.read_text())
    return chain, key, authority


def make_expired(folder, hostname):
    """The same, of a certificate that ended yesterday."""
    certificate, key = make(folder, hostname)
    subprocess.run(["openssl", "x509", "-in", certificate, "-signkey", key, "-days", "-1", "-out", certificate], check=True,
                   capture_output=True)
    return certificate, key


def server_context(folder, hostname):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make(folder, hostname))
    return context


def trusting_context():
    """A client's that takes any certificate: what is tested is the relay, not who signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
