"""How each toolkit makes its proxy of the running server's contract, and how its program is started."""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import typing

import without_documents

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "clients"
STEP_SECONDS = 300
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}


@dataclasses.dataclass
class Run:
    """families: {"login": "ok"} as the program printed it; complaints: of the generator, the compiler and the program."""
    families: dict
    complaints: str


@dataclasses.dataclass
class Client:
    """command: how its program is started, the arguments follow. generates: makes and compiles the proxy, as
    generates(folder, url), and returns what it complained of; None: there is no proxy. cannot: {family: why}; though: what
    else is to be said of a family that it can."""
    name: str
    title: str
    command: list
    generates: typing.Optional[typing.Callable] = None
    cannot: dict = dataclasses.field(default_factory=dict)
    though: dict = dataclasses.field(default_factory=dict)

    def run(self, arguments):
        folder = BUILD / self.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            complaints = self.generates(folder, arguments[0]) if self.generates else ""
        except subprocess.CalledProcessError as failed:
            return Run({}, f"{failed}\n{failed.stdout}{failed.stderr}")
        done = step(folder, *self.command, *arguments, check=False)
        complaints += done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}\n")
        lines = [line.partition(" ") for line in done.stdout.splitlines()]
        return Run({family: said for family, _, said in lines}, complaints)


def step(folder, *command, check=True):
    return subprocess.run([str(word) for word in command], cwd=folder, env=ENVIRONMENT, text=True, encoding="utf-8",
                          capture_output=True, timeout=STEP_SECONDS, check=check)


def at_run_time(folder, url):
    """The proxy is made from the WSDL by the program itself."""
    return ""


def zeep(name, title, port, **more):
    return Client(name, title, [sys.executable, HERE / "client.py", port], at_run_time, **more)


def php(name, title, version):
    return Client(name, title, ["php", HERE / "client.php", version], at_run_time)


def perl(folder, url):
    """SOAP::Lite's stub: JangoMail.pm."""
    step(folder, "stubmaker", url + "?WSDL")
    return step(folder, "perl", "-wc", "JangoMail.pm").stderr.replace("JangoMail.pm syntax OK\n", "")


def npm(folder, url):
    """Installs the package; its proxy is made at run time."""
    shutil.copy(HERE / "package.json", folder)
    return step(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline").stderr


def node(name, title, port):
    return Client(name, title, ["env", f"NODE_PATH={BUILD / name / 'node_modules'}", "node", HERE / "client.js", port], npm)


def gsoap(name, title, proxy):
    """proxy: the class that is generated for a binding."""
    def make(folder, url):
        said = step(folder, "wsdl2h", "-Njango", "-o", "api.h", url + "?WSDL").stderr
        # It makes no proxies for the form bindings, and says so.
        said = "".join(line + "\n" for line in said.splitlines()
                       if "arning" in line and "RESTful binding" not in line and "message part 'Body'" not in line)
        said += "".join(line + "\n" for line in step(folder, "soapcpp2", "-C", "-j", "-w", "-x", "-L", "-I/usr/share/gsoap/import",
                                                     "api.h").stderr.splitlines() if "arning" in line)
        return said + step(folder, "g++", "-std=c++17", "-Wall", "-Wextra", f'-DPROXY_HEADER="soap{proxy}Proxy.h"', f"-DPROXY={proxy}Proxy",
                           f'-DNAMESPACES="{proxy}.nsmap"', "-I.", "-o", "client", HERE / "client.cpp", "soapC.cpp",
                           f"soap{proxy}Proxy.cpp", "-lgsoap++").stderr
    return Client(name, title, [BUILD / name / "client"], make)


def jars(*names):
    return ":".join(f"/usr/share/java/{name}.jar" for name in names)


# Axis looks for the last two at its start, and warns without them.
AXIS = jars("axis", "jaxrpc", "saaj", "commons-discovery", "commons-logging", "wsdl4j", "javax.mail", "javax.activation")
JAX_WS = jars("jaxws-api", "jaxws-rt", "jaxb-api", "jaxb-runtime", "saaj-impl", "javax.activation", "jws-api")


def javac(folder, classpath, main, *unlike):
    """Java 8 is the least that both toolkits' code is for; unlike: what is not warned of."""
    lint = "-Xlint:" + ",".join(("all", "-options", "-path", *(f"-{each}" for each in unlike)))
    return step(folder, "javac", "--release", "8", "-encoding", "UTF-8", lint, "-XDsuppressNotes", "-cp", classpath, "-d", ".", *folder.glob("client/*.java"),
                HERE / "java" / "Api.java", HERE / "java" / "Families.java", HERE / "java" / f"{main}.java").stderr


def axis(folder, url):
    """Axis is older than generic types, and javac's words for their lack."""
    said = step(folder, "java", "-cp", AXIS, "org.apache.axis.wsdl.WSDL2Java", "-o", ".", "-p", "client", url + "?WSDL").stderr
    return said + javac(folder, AXIS, "Axis", "rawtypes", "unchecked", "serial", "cast", "static", "deprecation")


def wsimport(folder, url):
    said = step(folder, "wsimport", "-extension", "-quiet", "-Xnocompile", "-b", HERE.parent.parent / "wsdl" / "schema.xsd", "-p", "client",
                "-s", ".", url + "?WSDL")
    return said.stdout + said.stderr + javac(folder, JAX_WS, "JaxWs")


def jax_ws(name, title, version):
    return Client(name, title, ["java", "-Djavax.xml.soap.SAAJMetaFactory=com.sun.xml.messaging.saaj.soap.SAAJMetaFactoryImpl", "-cp",
                               f"{BUILD / name}:{JAX_WS}", "JaxWs", version], wsimport)


def mcs(folder, *options):
    done = step(folder, "mcs", "-warn:4", "-out:client.exe", *options, "JangoMail.cs", HERE / "client.cs")
    return done.stdout + done.stderr


def mono_wsdl(name, title, protocol):
    def make(folder, url):
        said = step(folder, "wsdl", f"-protocol:{protocol}", "-namespace:Client", "-out:JangoMail.cs", url).stderr
        return said + mcs(folder, "-r:System.Web.Services,System.Data,System.Xml")
    return Client(name, title, ["mono", BUILD / name / "client.exe"], make)


def svcutil(folder, url):
    step(folder, "svcutil", "-out:Whole.cs", url + "?WSDL")
    assert "class" not in (folder / "Whole.cs").read_text(), "svcutil takes the whole contract: take the footnote away"
    with without_documents.served(url + "?WSDL") as copy:
        said = step(folder, "svcutil", "-out:JangoMail.cs", copy).stderr
    return said + mcs(folder, "-d:SVCUTIL", "-r:System.ServiceModel,System.Runtime.Serialization")


LOST_FAULTS = "Mono's WCF takes the detail of a fault for one of its own: the program sees that a call was refused, but not the exception's name."
NO_DOCUMENTS = "Mono's svcutil writes nothing where an operation answers a document: it gets a copy of the contract without these."


def curl(binding):
    return Client(f"curl-{binding}", f"curl, HTTP {binding.upper()}", [HERE / "client.sh", binding])


CLIENTS = [
    Client("axis", "Axis 1.4", ["java", "-cp", f"{BUILD / 'axis'}:{AXIS}", "Axis"], axis,
           though={"groups": "Axis 1.4 halves characters beyond U+FFFF (emoji) unless it sends UTF-16, as tests/clients/java/Axis.java lets it, "
                             "and cannot read a fault with one of them."}),
    jax_ws("jaxws-11", "JAX-WS (wsimport), SOAP 1.1", 1),
    jax_ws("jaxws-12", "JAX-WS (wsimport), SOAP 1.2", 2),
    mono_wsdl("mono-11", "Mono wsdl, SOAP 1.1", "Soap"),
    mono_wsdl("mono-12", "Mono wsdl, SOAP 1.2", "Soap12"),
    Client("svcutil", "Mono svcutil", ["mono", BUILD / "svcutil" / "client.exe"], svcutil,
           cannot={"login": LOST_FAULTS, "xml": NO_DOCUMENTS, "dataset": NO_DOCUMENTS},
           though=dict.fromkeys(("accounts", "groups", "import", "campaigns"), LOST_FAULTS)),
    zeep("zeep-11", "zeep, SOAP 1.1", "JangoMailSoap"),
    zeep("zeep-12", "zeep, SOAP 1.2", "JangoMailSoap12"),
    zeep("zeep-form", "zeep, HTTP POST", "JangoMailHttpPost",
         cannot={"members": "By HTTP POST zeep sends an array as Python shows a list. Arrays of one value go.",
                 "xml": "By HTTP POST zeep reads no document: .NET's contracts, and so this one, do not say what it is."}),
    php("php-11", "PHP SoapClient, SOAP 1.1", 1),
    php("php-12", "PHP SoapClient, SOAP 1.2", 2),
    Client("perl", "SOAP::Lite", [HERE / "client.pl", BUILD / "perl"], perl),
    node("node-11", "Node's soap, SOAP 1.1", "JangoMailSoap"),
    node("node-12", "Node's soap, SOAP 1.2", "JangoMailSoap12"),
    gsoap("gsoap-11", "gSOAP, SOAP 1.1", "JangoMailSoap"),
    gsoap("gsoap-12", "gSOAP, SOAP 1.2", "JangoMailSoap12"),
    curl("post"),
    curl("get"),
]
