"""Clients down, families of operations across: the table of build/clients/matrix.md and of README.md here."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FAMILIES = {"proxy": "proxy", "login": "login", "accounts": "accounts", "groups": "groups", "members": "members", "import": "import", "lists": "lists",
            "campaigns": "campaigns", "transactional": "transactional", "smtplog": "SMTP log", "string": "String",
            "xml": "XML", "dataset": "DataSet"}
BEGIN, END = "<!-- clients -->\n", "<!-- /clients -->\n"
_cells = {}


def enter(client, family, value):
    _cells[client.name, family] = value


def is_complete(clients):
    return all((client.name, family) in _cells for client in clients for family in FAMILIES)


def _render(clients):
    notes = list(dict.fromkeys(why for client in clients for why in (client.cannot | client.though).values()))

    def cell(client, family):
        value, why = _cells[client.name, family], (client.cannot | client.though).get(family)
        return f"{value} ({notes.index(why) + 1})" if why else value
    lines = ["| client | " + " | ".join(FAMILIES.values()) + " |", "| --- |" + " --- |" * len(FAMILIES)]
    lines += [f"| {client.title} | " + " | ".join(cell(client, family) for family in FAMILIES) + " |" for client in clients]
    return "\n".join(lines + [""] + [f"({number}) {why}  " for number, why in enumerate(notes, 1)]).rstrip() + "\n"


def write(clients):
    """Writes the table to both. Returns whether README.md had it."""
    table = _render(clients)
    (ROOT / "build/clients/matrix.md").write_text(table)
    readme = ROOT / "tests/clients/README.md"
    before, begin, rest = readme.read_text().partition(BEGIN)
    old, end, after = rest.partition(END)
    assert begin and end, f"README.md has no {BEGIN.strip()} and {END.strip()}"
    readme.write_text(before + begin + table + end + after)
    return old == table
