"""Whether SARIF, JUnit and Markdown are of the form that their readers know, by what we know of it ourselves.

    python3 documents.py sarif FILE      by SARIF 2.1.0: the members that we write, which of them must be there, their types
    python3 documents.py junit FILE      by the schema of Apache Ant: elements, their order, attributes, counts
    python3 documents.py markdown FILE   by cmark-gfm, which GitHub's own pages are made with: no element but ours

The schemas themselves are asked by tests/interop/schemas.sh.
"""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

FILE = sys.argv[2]
LEVELS = ("none", "note", "warning", "error")
URI = re.compile(r"(file:///)?[A-Za-z0-9._~!$&'()*+,;=@%-][A-Za-z0-9._~!$&'()*+,;=@%/-]*\Z")


def fail(text):
    print("%s: %s" % (FILE, text))
    sys.exit(1)


def text(value):
    return isinstance(value, str) and value != ""


def count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def positive(value):
    return count(value) and value > 0


def flag(value):
    return isinstance(value, bool)


def uri(value):
    return isinstance(value, str) and URI.match(value) is not None


def one_of(*words):
    return lambda value: value in words


def matches(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


class Object:
    """An object: its members, those with ? may be missing; others there are none."""

    def __init__(self, **members):
        self.members = {name.rstrip("_"): kind for name, kind in members.items()}


def optional(kind):
    return ("?", kind)


def array(kind):
    return ("*", kind)


def mapping(key, kind):
    return ("{}", key, kind)


MESSAGE = Object(text=text)
ARTIFACT = Object(uri=uri, uriBaseId=optional(text))
PHYSICAL = Object(artifactLocation=ARTIFACT, region=optional(
    Object(startLine=optional(positive), byteOffset=optional(count), byteLength=optional(count))))
LOGICAL = Object(fullyQualifiedName=text, kind=text, name=text)
RULE = Object(id=matches("[a-z-]+"), name=matches("[A-Za-z]+"), shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE,
              defaultConfiguration=Object(level=one_of(*LEVELS)))
RESULT = Object(
    ruleId=text, ruleIndex=count, level=one_of(*LEVELS), message=MESSAGE,
    locations=array(Object(physicalLocation=PHYSICAL, logicalLocations=optional(array(LOGICAL)))),
    relatedLocations=optional(array(Object(physicalLocation=PHYSICAL, message=MESSAGE))),
    partialFingerprints=mapping(one_of("assay/v1"), matches("[0-9a-f]{64}:[0-9]+")),
    properties=mapping(text, lambda value: isinstance(value, str)),
    suppressions=array(Object(kind=one_of("inSource", "external"), status=one_of("accepted"), justification=text)))
RUN = Object(
    tool=Object(driver=Object(name=one_of("assay"), version=optional(text), rules=array(RULE))),
    artifacts=array(Object(location=Object(uri=uri), length=optional(positive), roles=array(text),
                           hashes=optional(mapping(one_of("sha-256"), matches("[0-9a-f]{64}"))))),
    automationDetails=Object(id=matches("assay/.+/")),
    invocations=array(Object(executionSuccessful=flag, exitCode=one_of(0, 1, 2), exitCodeDescription=text,
                             toolExecutionNotifications=array(Object(level=one_of(*LEVELS), message=MESSAGE)))),
    originalUriBaseIds=mapping(text, Object(description=MESSAGE)),
    properties=mapping(text, lambda value: isinstance(value, (str, int))),
    results=array(RESULT))
LOG = Object(**{"$schema": matches("https://[a-z.-]*/sarif/.*"), "version": one_of("2.1.0"), "runs": array(RUN)})


def check(value, kind, where):
    if isinstance(kind, Object):
        if not isinstance(value, dict):
            fail("%s is no object" % where)
        for name in value:
            if name not in kind.members:
                fail("%s has a member %r" % (where, name))
        for name, member in kind.members.items():
            may_be_missing = isinstance(member, tuple) and member[0] == "?"
            if name in value:
                check(value[name], member[1] if may_be_missing else member, where + "." + name)
            elif not may_be_missing:
                fail("%s has no %s" % (where, name))
    elif isinstance(kind, tuple) and kind[0] == "*":
        if not isinstance(value, list):
            fail("%s is no array" % where)
        for index, item in enumerate(value):
            check(item, kind[1], "%s[%d]" % (where, index))
    elif isinstance(kind, tuple):
        if not isinstance(value, dict):
            fail("%s is no object" % where)
        for name, item in value.items():
            if not kind[1](name):
                fail("%s has a member %r" % (where, name))
            check(item, kind[2], where + "." + name)
    elif not kind(value):
        fail("%s is %r" % (where, value))


def check_sarif():
    with open(FILE, "rb") as file:
        log = json.loads(file.read().decode("utf-8"))
    check(log, LOG, "the log")
    run = log["runs"][0]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    prints = set()
    if len(log["runs"]) != 1 or len(results) > 5000:
        fail("%d runs, %d results" % (len(log["runs"]), len(results)))
    for result in results:
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            fail("%s is not rule %d" % (result["ruleId"], result["ruleIndex"]))
        if re.search(r"\]\(|(?<!\{)(\{\{)*\{\d", result["message"]["text"]):
            fail("a link or a placeholder: %r" % result["message"]["text"])
        prints.add(result["partialFingerprints"]["assay/v1"])
    if len(prints) != len(results):
        fail("two results have one fingerprint")
    errors = any(result["level"] == "error" for result in results)
    if errors != (run["invocations"][0]["exitCode"] != 0):
        fail("the levels of results are not those of the exit code")
    left = run["properties"]["resultsLeftOut"]
    if (left > 0) != bool(run["invocations"][0]["toolExecutionNotifications"]):
        fail("%d results are left out, and that is not said" % left)


SUITE = ("name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time")
CASES = {"failure": ("message", "type"), "error": ("message", "type"), "skipped": ("message",)}


def check_junit():
    suites = ElementTree.parse(FILE).getroot()
    if suites.tag != "testsuites" or len(suites) != 1:
        fail("no suite, or several")
    suite = suites[0]
    if suite.tag != "testsuite" or sorted(suite.attrib) != sorted(SUITE):
        fail("the suite has %r" % sorted(suite.attrib))
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")):
        fail("the timestamp is %r" % suite.get("timestamp"))
    tags = [child.tag for child in suite]
    cases = suite.findall("testcase")
    if tags != ["properties"] + ["testcase"] * len(cases) + ["system-out", "system-err"]:
        fail("children in another order")
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for case in cases:
        if sorted(case.attrib) != ["classname", "name", "time"] or len(case) > 1:
            fail("a case has %r, and %d children" % (sorted(case.attrib), len(case)))
        for child in case:
            if child.tag not in CASES or tuple(sorted(child.attrib)) != CASES[child.tag]:
                fail("a case has %s with %r" % (child.tag, sorted(child.attrib)))
            counts[child.tag] += 1
    said = (len(cases), counts["failure"], counts["error"], counts["skipped"])
    if tuple(int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")) != said:
        fail("the counts are not %r" % (said,))
    left = suite.find("properties/property[@name='assay.cases-left-out']").get("value")
    if (left != "0") != ("left out" in (suite.findtext("system-out") or "")):
        fail("%s cases are left out, and that is not said" % left)


# of a page by cmark-gfm: none has an attribute but those of a table
ELEMENTS = set("h2 h3 p ul ol li code strong table thead tbody tr th td".split())


def check_markdown():
    with open(FILE, "rb") as file:
        source = file.read()
    if len(source) > 60000:
        fail("%d bytes" % len(source))
    page = subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tasklist"],
                          input=source, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8")
    outside = []
    depth = 0
    at = 0
    for tag in re.finditer(r"<(/?)([A-Za-z!][A-Za-z0-9!-]*)([^>]*)>", page):
        if tag.group(2) not in ELEMENTS or (tag.group(3) and not re.fullmatch(r' align="\w+"', tag.group(3))):
            fail("an element %r" % tag.group(0))
        if depth == 0:
            outside.append(page[at:tag.start()])
        depth += 0 if tag.group(2) != "code" else -1 if tag.group(1) else 1
        at = tag.end()
    for words in outside + [page[at:]]:
        if re.search(r"[@<>&`]|www\.|://", words):
            fail("text that is in no code span: %r" % words)


{"sarif": check_sarif, "junit": check_junit, "markdown": check_markdown}[sys.argv[1]]()
