"""Each operation of the contract, in each binding: an answer and faults, held against the contract's schema."""
import itertools

import pytest

import mail
from contract import BINDINGS, Contract, Refused, client_at
from stock import Stock, offering

REFUSAL = {"CreateAccount": "InvalidSecretTokenException"}
NOT_OFFERED = {"CreateLocalDBProfile": "NotSupportedException"}


@pytest.fixture(scope="module")
def server(make_module_server, tmp_path_factory):
    return make_module_server(api=offering(tmp_path_factory.mktemp("import")))


@pytest.fixture(scope="module")
def contract(server):
    return Contract(server)


@pytest.fixture(scope="module")
def stock(server):
    return Stock(server)


@pytest.fixture(scope="module")
def call(server, contract, stock):
    def make(binding, operation, **changes):
        parameters = contract.operations[operation]
        login = {"Username": server.account, "Password": server.password} if "Password" in parameters else {}
        return contract.call(binding, operation, **{**login, **stock.arguments(operation, parameters), **changes})
    return make


def test_there_are_operations(contract):
    assert len(contract.operations) >= 99


@pytest.mark.parametrize("binding", [*BINDINGS, "get"])
def test_each_operation_answers(contract, stock, call, binding):
    """That the answer is as the contract has it is asserted by contract.call()."""
    failed = {}
    for operation in contract.operations:
        try:
            call(binding, operation, **stock.fresh(operation))
        except Refused as refused:
            failed[operation] = refused.name
    assert failed == NOT_OFFERED


# What is never found, or no name; a list says of an address that it is not there, and is no fault.
WRONG = {"GroupName": "{}", "OldGroupName": "{}", "NewGroupName": "{}", "GroupID": 0, "JobID": 0, "ToEmailAddress": "nobody",
         "ToGroups": "", "ToOther": "", "ProfileName": "", "TransactionalID": 0, "IPAddress": "x", "BeginDate": "x", "BeginningDate": "x", "Since": "x"}


@pytest.fixture
def call_unknown(call):
    """A call by nobody's name. Each from an address of its own, which has not guessed before, and need not wait."""
    numbers = itertools.count(1)

    def make(binding, operation):
        with client_at(f"127.0.100.{next(numbers)}") as http, pytest.raises(Refused) as refused:
            call(binding, operation, http=http, **(
                {"SecretToken": "wrong"} if operation == "CreateAccount" else {"Username": mail.unique()}))
        return refused.value.name
    return make


@pytest.mark.parametrize("binding", [*BINDINGS, "get"])
def test_each_operation_faults(contract, call, call_unknown, binding):
    for operation, parameters in contract.operations.items():
        wrong = {name: value for name, value in WRONG.items() if name in parameters}
        if operation in ("AddBounce", "AddUnsubscribe"):
            wrong = {"EmailAddress": "nobody"}
        if not wrong:
            assert call_unknown(binding, operation) == REFUSAL.get(operation, "InvalidLoginException"), operation
            continue
        try:
            call(binding, operation, **wrong)
        except Refused as refused:
            assert refused.name.endswith("Exception") and refused.name != "InvalidLoginException", operation
        else:
            pytest.fail(f"{operation} takes {wrong}")


def test_each_operation_wants_a_login(contract, call_unknown):
    for operation in contract.operations:
        assert call_unknown("form", operation) == REFUSAL.get(operation, "InvalidLoginException"), operation
