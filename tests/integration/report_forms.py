"""Reports in every form and binding, read back to rows."""
import lxml.etree

from contract import SCHEMA

DIFFGRAM = "urn:schemas-microsoft-com:xml-diffgram-v1"
DATA = "urn:schemas-microsoft-com:xml-msdata"
ROW, COLUMN, QUALIFIER = "|r|", "|c|", "'"
DELIMITERS = {"RowDelimiter": ROW, "ColDelimiter": COLUMN, "TextQualifier": QUALIFIER}


def reports(contract):
    """Operations that give out rows."""
    return [name for name in contract.operations if form_of(name)]


def form_of(operation):
    """"String", "XML" or "DataSet"; None: it is no report."""
    last = operation.rpartition("_")[2].rstrip("2")
    return last if last in ("String", "XML", "DataSet") and not operation.startswith("AddGroup") else None


def call(server, contract, binding, operation, login=None, **parameters):
    """Returns the result element. Parameters that the operation does not have are left out."""
    account, password = login or (server.account, server.password)
    values = {"Username": account, "Password": password, **DELIMITERS, **parameters}
    return contract.call(binding, operation, **{name: values[name] for name in contract.operations[operation]})


def rows(server, contract, binding, operation, **parameters):
    """The report as a list of lists of text. Booleans are XML's in each form."""
    result = call(server, contract, binding, operation, **parameters)
    form = form_of(operation)
    if form == "String":
        return _read_text(result.text or "")
    if form == "DataSet":
        return read_dataset(result)[1]
    document = result if result.tag == "NewDataSet" else result[0]
    assert document.tag == "NewDataSet"
    return [[column.text or "" for column in row] for row in document]


def _read_text(text):
    booleans = {"True": "true", "False": "false"}
    values = [[value[1:-1].replace(QUALIFIER * 2, QUALIFIER) for value in row.split(COLUMN)] for row in text.split(ROW)]
    return [[booleans.get(value, value) for value in row] for row in values] if text else []


def read_dataset(result):
    """([(column, type)], rows) of a DataSet, whose rows are held against its schema."""
    schema, diffgram = result
    assert (schema.tag, diffgram.tag) == (f"{{{SCHEMA}}}schema", f"{{{DIFFGRAM}}}diffgram")
    [table] = [each for each in schema.iter(f"{{{SCHEMA}}}element") if each.get("type") is None and each.get("name") != "NewDataSet"]
    columns = [(each.get("name"), each.get("type")) for each in table.iter(f"{{{SCHEMA}}}element") if each is not table]
    assert len(diffgram) < 2
    if len(diffgram) == 0:
        return columns, []
    data = lxml.etree.fromstring(lxml.etree.tostring(diffgram[0], encoding="utf-8"))
    for number, row in enumerate(data):
        assert row.attrib.pop(f"{{{DIFFGRAM}}}id") == f"{row.tag}{number + 1}"
        assert row.attrib.pop(f"{{{DATA}}}rowOrder") == str(number)
        assert row.tag == table.get("name") and [value.tag for value in row] == [name for name, _ in columns]
    lxml.etree.XMLSchema(lxml.etree.fromstring(lxml.etree.tostring(schema, encoding="utf-8"))).assertValid(data)
    return columns, [[value.text or "" for value in row] for row in data]
