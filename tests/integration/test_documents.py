"""README and its pages held against the tree: where links lead, what files, make targets and configuration keys they name."""
import os
import re

import pytest

from bracemail import ROOT

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("tests/**/*.md"))]
FOLDERS = "base|db|docker|docs|packaging|server|services|tests|tools|wsdl"
PACKAGING = ROOT / "packaging"
MANUAL = PACKAGING / "man" / "bracemail.conf.5"


def prose(path):
    """The page without its indented blocks of code."""
    return re.sub(r"^ {4,}.*$", "", path.read_text(), flags=re.MULTILINE)


def anchors(path):
    """Where links into the page may lead, as GitHub and GitLab name headings."""
    headings = re.findall(r"^#+ +(.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-") for heading in headings}


def links(path):
    return re.findall(r"\]\(([^)\s]+)\)", prose(path))


def leads_somewhere(page, link):
    if re.match(r"[a-z]+:", link):
        return True
    target, _, anchor = link.partition("#")
    found = page.parent / target if target else page
    if not found.resolve().is_relative_to(ROOT) or not found.exists():
        return False
    return not anchor or found.is_file() and anchor in anchors(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.path.relpath(page, ROOT))
def test_links_lead_somewhere(page):
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: os.path.relpath(page, ROOT))
def test_files_that_are_named_are_there(page):
    named = re.findall(rf"(?<![\w./-])(?:{FOLDERS})/[\w./-]*\w", page.read_text())
    assert [name for name in named if not (ROOT / name).exists() and not (page.parent / name).exists()] == []


def packaged():
    """What bracemail.docs and bracemail.examples put into /usr/share/doc/bracemail."""
    found = set()
    for name, folder in (("docs", ""), ("examples", "examples/")):
        for line in (PACKAGING / "debian" / f"bracemail.{name}").read_text().splitlines():
            top = ROOT / line
            found |= {folder + str(path.relative_to(top.parent)) for path in (top, *top.rglob("*"))} | {folder.rstrip("/")}
    return found


@pytest.mark.parametrize("page", [*PAGES, *PACKAGING.glob("man/*")], ids=lambda page: os.path.relpath(page, ROOT))
def test_files_of_the_package_are_in_it(page):
    text = page.read_text().replace("\\-", "-")
    named = re.findall(r"/usr/share/doc/bracemail/?([\w./-]*\w|)", text)
    assert set(named) - packaged() == set()


def test_readme_leads_to_each_page():
    named = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert set(PAGES[1:]) - named == set()


def test_readme_names_each_make_target():
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    readme = (ROOT / "README.md").read_text()
    assert [target for target in targets if not re.search(rf"\bmake {target}(?![\w-])", readme)] == []


def test_ci_runs_what_readme_names():
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith(("#", "set ", "cd "))]
    assert lines == ["exec make test"]


def manual_keys():
    """Each key of bracemail.conf(5), in full, with its default. unit/test_manual holds them against the parser."""
    keys, prefix = {}, ""
    for heading, key, default in re.findall(r"^\.SS (.+)$|^\\fB(\w+)\\fR \([^)]*default: ([^)]*)\)$", MANUAL.read_text(), re.MULTILINE):
        if heading:
            prefix = {"Top level": "", "listener": "listener NAME."}.get(heading, f"{heading}.")
        else:
            keys[prefix + key] = default.replace("\n", " ")
    return keys


def page_keys():
    keys = {}
    rows = re.findall(r"^\| (`.*?) \| (.*?) \| ", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)
    for names, defaults in rows:
        found = re.findall(r"`([^`]+)`", names)
        default = defaults.replace("`", "")
        each = default.split(", ")
        keys |= dict(zip(found, each if len(each) == len(found) else [default] * len(found)))
    return keys


def test_each_configuration_key_has_a_row_and_its_default():
    page, manual = page_keys(), manual_keys()
    assert set(page) == set(manual)
    plain = re.compile(r"\d+|true|false|\{[\d, ]+\}")
    assert {key: page[key] for key, default in manual.items() if plain.fullmatch(default) and page[key] != default} == {}
