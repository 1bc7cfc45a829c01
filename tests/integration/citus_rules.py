"""What Citus 12 asks of a statement, checked on its query tree (query_tree.py).

A statement of one account, in which each distributed table is restricted to the same account_id, runs whole on that account's shard:
PostgreSQL's SQL without exception. Any other is run on many shards at once, in units: a CTE, a branch of a UNION, and a subquery in an
expression that names nothing outside of it are each planned alone, what is left is one unit. In a unit the distributed tables are to be
joined on account_id, and some of SQL is refused: see check()."""
from query_tree import walk

SELECT, UPDATE, INSERT, DELETE = "1", "2", "3", "4"
RELATION, SUBQUERY, JOIN, FUNCTION, CTE = "0", "1", "2", "3", "6"
LEFT, FULL, RIGHT = "1", "2", "3"
# What they do is of one node, and so are sequences. What reads no shard, only what CTEs returned, runs on the coordinator (unless
# citus.task_assignment_policy is round-robin), but for what runs whole on a shard: see runs_whole().
COORDINATOR_ONLY = {"pg_notify", "pg_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_try_advisory_xact_lock",
                    "nextval", "ids_new", "id_blocks_new"}


class Catalog:
    """What the rules need of a database. Tables by their oid, distributed ones with the number of their account_id."""

    def __init__(self, connection, distributed, reference, local):
        cursor = connection.cursor()
        cursor.execute("SELECT c.oid::text, c.relname, a.attnum::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "
                       "WHERE a.attname = 'account_id' AND c.relname = ANY (%s)", (sorted(distributed),))
        self.distributed = {oid: (name, number) for oid, name, number in cursor.fetchall()}
        cursor.execute("SELECT oid::text, relname FROM pg_class WHERE relname = ANY (%s)", (sorted([*reference, *local]),))
        rows = cursor.fetchall()
        self.reference = {oid: name for oid, name in rows if name in reference}
        self.local = {oid: name for oid, name in rows if name in local}
        cursor.execute("SELECT oid::text FROM pg_operator WHERE oprname = '='")
        self.equals = {oid for oid, in cursor.fetchall()}
        cursor.execute("SELECT oid::text, proname, provolatile::text FROM pg_proc")
        rows = cursor.fetchall()
        self.volatility = {oid: kind for oid, _, kind in rows}
        self.function = {oid: name for oid, name, _ in rows}


class _Classes:
    """Union-find over columns, parameters and constants that a statement makes equal."""

    def __init__(self):
        self.parent = {}

    def root(self, term):
        while self.parent.get(term, term) != term:
            term = self.parent[term]
        return term

    def join(self, one, other):
        one, other = self.root(one), self.root(other)
        # What names an account stays the root.
        if one[0] in ("parameter", "constant"):
            one, other = other, one
        self.parent[one] = other


class Statement:
    """reading: names of the functions that read distributed tables themselves."""

    def __init__(self, tree, catalog, reading=()):
        self.catalog, self.reading = catalog, set(reading)
        self.classes = _Classes()
        self.tables = []  # (name, term of its account_id, unit)
        self.listed = set()  # (query, number) of functions in FROM, as unnest()
        self.units = []
        self.of_select = tree["commandType"] == SELECT
        self._query(tree, [], self._unit(), None)

    def _unit(self):
        self.units.append({"queries": [], "tables": [], "local": set(), "reference": set(), "functions": set()})
        return self.units[-1]

    # What a statement says.

    def _query(self, query, outer, unit, role):
        """outer: the queries around it, the nearest first. role: how it stands in its unit, None for the unit's own query."""
        scope = [query, *outer]
        unit["queries"].append((query, role, outer[0] if outer else None))
        for common in query["cteList"] or []:
            self._query(common["ctequery"], scope, self._unit(), None)
        # What an INSERT selects the coordinator may fetch first.
        parted = query["setOperations"] is not None or query["commandType"] == INSERT
        for number, entry in enumerate(query["rtable"] or [], 1):
            if entry["rtekind"] == SUBQUERY:
                inner = entry["subquery"]
                lateral = entry["lateral"] == "true" and self._names_outside(inner)
                self._query(inner, scope, self._unit() if parted else unit, None if parted else "lateral" if lateral else "from")
            elif entry["rtekind"] == RELATION and entry["relid"] in self.catalog.local:
                unit["local"].add(self.catalog.local[entry["relid"]])
            elif entry["rtekind"] == RELATION and entry["relid"] in self.catalog.reference:
                unit["reference"].add(self.catalog.reference[entry["relid"]])
            elif entry["rtekind"] == RELATION and entry["relid"] in self.catalog.distributed:
                name, column = self.catalog.distributed[entry["relid"]]
                term = ("column", id(query), str(number), column)
                if self._is_excluded(query, number):
                    continue
                if query["commandType"] == INSERT and self._is_target(query, number):
                    self.classes.join(term, self._inserted(query, column, scope))
                self._table(name, term, unit, query)
            elif entry["rtekind"] == FUNCTION:
                self.listed.add((id(query), str(number)))
                for function in walk(entry["functions"]):
                    self._function(function, unit)
        for part in ("targetList", "jointree", "havingQual", "returningList", "onConflict", "limitCount", "limitOffset", "mergeActionList"):
            self._expressions(query.get(part), scope, unit)
        for entry in query["rtable"] or []:
            if entry["rtekind"] == FUNCTION:
                self._expressions(entry["functions"], scope, unit)
        self._equalities(query["jointree"], scope)

    def _is_target(self, query, number):
        return query["commandType"] != SELECT and query["resultRelation"] == str(number)

    @staticmethod
    def _is_excluded(query, number):
        """EXCLUDED of ON CONFLICT."""
        return query["onConflict"] is not None and query["onConflict"]["exclRelIndex"] == str(number)

    def _table(self, name, term, unit, query):
        self.tables.append((name, term, unit))
        unit["tables"].append((name, term, id(query)))

    def _inserted(self, query, column, scope):
        value = next((target["expr"] for target in query["targetList"] if target["resno"] == column), None)
        return self._term(value, scope) or ("nothing", id(query))

    def _function(self, node, unit):
        if node["node"] == "FUNCEXPR":
            unit["functions"].add(node["funcid"])

    def _expressions(self, part, scope, unit):
        """Subqueries and functions in expressions; they do not lie below another query of this part."""
        if isinstance(part, list):
            for item in part:
                self._expressions(item, scope, unit)
        elif isinstance(part, dict):
            self._function(part, unit)
            if part["node"] == "SUBLINK":
                self._expressions(part["testexpr"], scope, unit)
                inner = part["subselect"]
                apart = not self._names_outside(inner) and any(node.get("rtekind") == RELATION for node in walk(inner["rtable"]))
                self._query(inner, scope, self._unit() if apart else unit, None if apart else "correlated")
            elif part["node"] != "QUERY":
                for item in part.values():
                    self._expressions(item, scope, unit)

    def _names_outside(self, query, depth=0):
        """Whether it has a column of a query around it."""
        return any(self._outside(query, depth))

    def _outside(self, value, depth):
        if isinstance(value, list):
            for item in value:
                yield from self._outside(item, depth)
        elif isinstance(value, dict):
            if value["node"] == "VAR" and int(value["varlevelsup"]) > depth:
                yield True
            for item in value.values():
                inner = isinstance(item, dict) and item.get("node") == "QUERY"
                yield from self._outside(item, depth + 1 if inner else depth)

    # What it makes equal.

    def _term(self, node, scope):
        """A column (of the table that it comes from), a parameter, a constant, or None."""
        if node is None:
            return None
        kind = node["node"]
        if kind == "PARAM":
            return ("parameter", node["paramid"])
        if kind == "CONST":
            return ("constant", str(node["constvalue"]))
        if kind in ("RELABELTYPE", "COERCEVIAIO"):
            return self._term(node["arg"], scope)
        if kind == "FUNCEXPR" and node["funcformat"] in ("1", "2") and node["args"]:  # a cast
            return self._term(node["args"][0], scope)
        if kind == "VAR":
            return self._column(scope[int(node["varlevelsup"]):], node["varno"], node["varattno"])
        return ("expression", id(node))

    def _column(self, scope, number, column):
        query = scope[0]
        entry = query["rtable"][int(number) - 1]
        if column in ("0",) or column.startswith("-"):
            return ("column", id(query), number, column)
        if entry["rtekind"] == JOIN:
            return self._term(entry["joinaliasvars"][int(column) - 1], scope)
        if entry["rtekind"] == SUBQUERY:
            return self._output(entry["subquery"], column, scope)
        if entry["rtekind"] == CTE:
            around = scope[int(entry["ctelevelsup"]):]
            named = next((c for c in around[0]["cteList"] or [] if c["ctename"] == entry["ctename"]), None)
            return self._output(named["ctequery"], column, around) if named else ("column", id(query), number, column)
        return ("column", id(query), number, column)

    def _output(self, query, column, scope):
        """The term of a query's output column; of a UNION the branches' are made equal where they are of one account."""
        inner = [query, *scope]
        if query["setOperations"] is not None:
            terms = [self._output(entry["subquery"], column, inner) for entry in query["rtable"] if entry["rtekind"] == SUBQUERY]
            roots = {self.classes.root(term) for term in terms}
            return roots.pop() if len(roots) == 1 else ("union", id(query), column)
        targets = query["targetList"] if query["commandType"] == SELECT else query["returningList"]
        return self._term(targets[int(column) - 1]["expr"], inner)

    def _equalities(self, node, scope):
        """Of conditions that hold for every row: those under OR, CASE and NOT do not."""
        if isinstance(node, list):
            for item in node:
                self._equalities(item, scope)
        elif isinstance(node, dict):
            if node["node"] in ("FROMEXPR", "JOINEXPR"):
                for part in ("fromlist", "larg", "rarg", "quals"):
                    self._equalities(node.get(part), scope)
            elif node["node"] == "BOOLEXPR" and node["boolop"] == "and":
                self._equalities(node["args"], scope)
            elif node["node"] in ("OPEXPR", "SCALARARRAYOPEXPR") and node["opno"] in self.catalog.equals:
                if node.get("useOr", "true") == "true":
                    one, other = (self._term(side, scope) for side in node["args"])
                    if node["node"] == "SCALARARRAYOPEXPR":
                        other = ("list", id(node))
                    if one and other:
                        self.classes.join(one, other)

    # The rules.

    def roots(self, tables):
        return {self.classes.root(term) for _, term, *_ in tables}

    def is_of_one_account(self):
        roots = self.roots(self.tables)
        return len(roots) == 1 and roots.pop()[0] in ("parameter", "constant")

    def names_account(self):
        """Whether each distributed table is restricted by account_id: to a value, or to those of a list."""
        terms = {*self.classes.parent, *self.classes.parent.values()}
        named = {self.classes.root(term) for term in terms if term[0] != "column" or term[1:3] in self.listed}
        return self.roots(self.tables) <= named

    def touches_citus(self):
        return any(unit["tables"] or unit["reference"] for unit in self.units)

    def runs_whole(self):
        """Whether all of it is sent to one account's node, its CTEs that change or delete rows, too. Those that insert, or change a
        reference table, are planned apart, and all others then."""
        changing = {self._target(query) for unit in self.units for query, *_ in unit["queries"]} - {None}
        inserts = any(query["commandType"] == INSERT for unit in self.units for query, *_ in unit["queries"])
        return self.of_select and self.tables and self.is_of_one_account() and not inserts and changing <= set(self.catalog.distributed)

    def check(self):
        """What Citus would refuse, or do otherwise than PostgreSQL, as a list of sentences."""
        found = []
        called = {self.catalog.function[oid] for unit in self.units for oid in unit["functions"]}
        if self.touches_citus():
            if called & self.reading:
                found.append(f"calls {sorted(called & self.reading)}, which reads Citus's tables, beside such")
        for unit in self.units:
            elsewhere = {self.catalog.function[oid] for oid in unit["functions"]} & COORDINATOR_ONLY
            if elsewhere and self.runs_whole():
                found.append(f"calls {sorted(elsewhere)}, and runs whole on an account's node")
            elif elsewhere and (unit["tables"] or unit["reference"]):
                found.append(f"calls {sorted(elsewhere)} where {self._names(unit)} are, not on the coordinator")
            if unit["local"] and (unit["tables"] or unit["reference"]):
                found.append(f"joins {sorted(unit['local'])}, which are the coordinator's alone, with {self._names(unit)}")
            for query, _, _ in unit["queries"]:
                found += self._check_change(query, unit)
        if self.tables and not self.is_of_one_account():
            for unit in self.units:
                if unit["tables"]:
                    found += self._check_unit(unit)
        return found

    @staticmethod
    def _names(unit):
        return sorted({name for name, *_ in unit["tables"]} | unit["reference"])

    def _check_unit(self, unit):
        names = sorted({name for name, *_ in unit["tables"]})
        if len(self.roots(unit["tables"])) > 1:
            yield f"joins {names} not on account_id"
        for query, role, around in unit["queries"]:
            if query["rowMarks"] and self._has_table(query):
                yield f"locks rows of {names}, of many accounts"
            if role in ("correlated", "lateral") and self._has_table(query):
                if not self._has_table({"rtable": [entry for entry in around["rtable"] or [] if entry["lateral"] != "true"]}):
                    yield f"asks {names} for each row of something that is not distributed"
                if query["limitCount"] is not None:
                    yield f"has LIMIT in a subquery of {names} that names an outer column"
                if query["hasAggs"] == "true" and not query["groupClause"]:
                    yield f"has an aggregate in a subquery of {names} that names an outer column"
            yield from self._outer_joins(query, names)

    def _has_table(self, query):
        return any(node.get("rtekind") == RELATION and node["relid"] in self.catalog.distributed
                   for node in walk(query["rtable"]))

    @staticmethod
    def _target(query):
        """The table that it changes, or None."""
        changes = query["commandType"] in (UPDATE, INSERT, DELETE)
        return query["rtable"][int(query["resultRelation"]) - 1]["relid"] if changes else None

    def _check_change(self, query, unit):
        """Each piece of the table makes the change alone, and each copy: by what is the same everywhere."""
        if self._target(query) not in self.catalog.distributed | self.catalog.reference:
            return
        names = self._names(unit)
        returned = self._called(query["returningList"], "vs")
        if returned:
            yield f"returns {returned} of {names}, which is not immutable"
        if query["onConflict"]:
            changing = self._called([query["onConflict"]["onConflictSet"], query["onConflict"]["onConflictWhere"]], "vs")
            if changing:
                yield f"has {changing} in ON CONFLICT, which is not immutable"
        if query["commandType"] in (UPDATE, DELETE):
            parts = [query["targetList"] if query["commandType"] == UPDATE else None, query["jointree"]["quals"]]
            if self._called(parts, "v"):
                yield f"changes {names} by {self._called(parts, 'v')}, which is volatile"
            by_column = self._named([node for node in self._calls(parts) if any(n["node"] == "VAR" for n in walk(node["args"]))], "s")
            chosen = self._called([node for node in walk(parts) if node["node"] in ("CASEEXPR", "COALESCEEXPR")], "s")
            if by_column or chosen:
                yield f"changes {names} by {by_column or chosen} of a column, or by choice, which is stable"

    @staticmethod
    def _calls(parts):
        return [node for node in walk(parts) if node["node"] in ("FUNCEXPR", "OPEXPR")]

    def _called(self, parts, volatility):
        return self._named(self._calls(parts), volatility)

    def _named(self, calls, volatility):
        functions = {node["funcid"] if node["node"] == "FUNCEXPR" else node["opfuncid"] for node in calls}
        return sorted(self.catalog.function[oid] for oid in functions if oid != "0" and self.catalog.volatility[oid] in volatility)

    def _outer_joins(self, query, names):
        """Where the side that stays is not distributed and the other is, Citus fetches all that the other side's own conditions leave."""
        for node in walk(query["jointree"]):
            if node["node"] == "JOINEXPR" and node["jointype"] in (LEFT, RIGHT, FULL):
                kept, filled = (node["larg"], node["rarg"]) if node["jointype"] != RIGHT else (node["rarg"], node["larg"])
                if self._side_has_table(query, filled) and not self._side_has_table(query, kept):
                    yield f"keeps rows of something that is not distributed in an outer join with {names}"

    def _side_has_table(self, query, side):
        numbers = [node["rtindex"] for node in walk(side) if node["node"] == "RANGETBLREF"]
        return any(self._has_table({"rtable": [query["rtable"][int(number) - 1]]}) for number in numbers)
