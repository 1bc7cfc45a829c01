"""The query trees that PostgreSQL makes of statements, as it prints them (debug_print_parse): each name in them is resolved.

A node is a dict of its fields with its kind under "node"; a list is a list, a null None, all else text."""
import collections
import re

import psycopg2

TOKEN = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+", re.DOTALL)


class _Reader:
    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        self.at = 0

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def value(self):
        token = self.next()
        if token == "{":
            return self.node()
        if token == "(":
            items = []
            while self.tokens[self.at] != ")":
                items.append(self.value())
            self.at += 1
            return items
        return None if token == "<>" else re.sub(r"\\(.)", r"\1", token)

    def node(self):
        node = {"node": self.next()}
        while (name := self.next()) != "}":
            values = []
            while not (self.tokens[self.at] == "}" or re.match(r":[a-z]", self.tokens[self.at])):
                values.append(self.value())
            node[name[1:]] = values[0] if len(values) == 1 else values
        return node


def read(text):
    return _Reader(text).value()


def _printed(connection, statement):
    """The trees of all that PostgreSQL analyses while it executes this."""
    cursor = connection.cursor()
    notices = connection.notices = collections.deque()  # of a list psycopg2 keeps 50
    cursor.execute("SET client_min_messages = log; SET debug_pretty_print = off; SET debug_print_parse = on")
    try:
        cursor.execute(statement)
    finally:
        cursor.execute("SET debug_print_parse = off; RESET client_min_messages")
    trees = [read(notice.split("DETAIL:", 1)[1]) for notice in notices if "parse tree:" in notice]
    return [tree for tree in trees if tree["commandType"] != "6"]  # CMD_UTILITY


def of_statement(connection, statement):
    """The tree of a statement with parameters $1, ..."""
    trees = _printed(connection, f"PREPARE shown AS {statement}")
    connection.cursor().execute("DEALLOCATE shown")
    assert len(trees) == 1, statement
    return trees[0]


def of_execution(connection, statement):
    """The trees of what runs below the statement: those of the functions that it calls. Nothing of it stays."""
    connection.autocommit = False
    try:
        return _printed(connection, statement)
    finally:
        connection.rollback()
        connection.autocommit = True


def connect(conninfo):
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    return connection


def walk(value):
    """Every node in it, itself among them."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)
