"""Whether the JSON Schemas of share/schemas say what assay itself says of recipes, policies, layouts and reports.

    python3 own_schemas.py ROOT ASSAY [WHAT...]      WHAT: schemas examples keys mutants report coverage written; all when
                                                     left out

ROOT is the source tree, ASSAY the program. In an empty directory, which files are written to. Prints a line for each
check that holds; ends with 1 at the end of a check that does not.
"""

import concurrent.futures
import copy
import glob
import json
import os
import re
import subprocess
import sys

import jsonschema
import yaml

ROOT, ASSAY = sys.argv[1], sys.argv[2]
WHAT = sys.argv[3:] or ["schemas", "examples", "keys", "mutants", "report", "coverage", "written"]
# What assay writes and does not read again; of each a file NAME-*.json lies here
WRITTEN = ("attested", "comparison", "gate", "inventory", "rebuild")
NAMES = ("policy", "recipe", "defaults", "layout", "report", "coverage") + WRITTEN
SCHEMAS = {}
VALIDATORS = {}
WRONG = []
DIGEST = "0f" * 32


def wrong(text):
    WRONG.append(text)
    print("FAIL: " + text, file=sys.stderr)


def ok(text):
    if not WRONG:
        print("ok: own_schemas: " + text)


def load():
    for name in NAMES:
        with open(os.path.join(ROOT, "share/schemas/%s-1.schema.json" % name), encoding="utf-8") as file:
            SCHEMAS[name] = json.load(file)
    # one may refer to another by the name of its file
    for schema in SCHEMAS.values():
        store = {other["$id"]: other for other in SCHEMAS.values()}
        resolver = jsonschema.RefResolver.from_schema(schema, store=store)
        VALIDATORS[schema["$id"]] = jsonschema.Draft202012Validator(schema, resolver=resolver)


def faults(name, value):
    """What the schema says against a value."""
    errors = VALIDATORS[SCHEMAS[name]["$id"]].iter_errors(value)
    return ["%s: %s" % ("/".join(map(str, error.absolute_path)), error.message[:200]) for error in errors]


def refuses(name, value):
    """Whether it says anything against it, which the first fault tells."""
    return not VALIDATORS[SCHEMAS[name]["$id"]].is_valid(value)


# --- the schemas themselves ---


def check_schemas():
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" or "title" not in schema:
            wrong("%s: no title, or of another draft" % name)
        used = set(re.findall(r'"#/\$defs/([a-z0-9-]+)"', json.dumps(schema)))
        if used != set(schema["$defs"]):
            wrong("%s: used and not defined, or the other way round: %s" % (name, sorted(used ^ set(schema["$defs"]))))
    ok("%d schemas of draft 2020-12" % len(SCHEMAS))


# --- examples ---


class Core(yaml.SafeLoader):
    """YAML 1.2 as editors read it: true, false and decimal integers are none of texts; dates are."""


Core.yaml_implicit_resolvers = {}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true\Z|false\Z"), list("tf"))
Core.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"(0|[1-9][0-9]*)\Z"), list("0123456789"))

# What these are wrong in, a schema must find as well; the others are wrong in what it has no way to say.
# Those of `pin` become recipes by it.
MALFORMED = {"tests/cli/verify/unknown-key/sample.recipe", "tests/cli/verify/missing-key/sample.recipe",
             "tests/cli/pin/fill/sample.recipe", "tests/cli/pin/git/sample.recipe"}
NOT_YAML = {"tests/cli/verify/duplicate-key/sample.recipe", "tests/cli/verify/alias/sample.recipe"}
# Parts of recipes and policies, the rest of which a script puts in
PARTS = {"tests/flow/debuglink.sh", "tests/flow/recipes.sh", "tests/flow/policy-keys.sh", "tests/flow/scope.sh",
         "tests/flow/t16-copies.sh", "tests/flow/t16-recorded.sh", "tests/flow/t17-coverage.sh", "tests/hostile/t12-swap.sh"}
# What a script puts in, by what it stands behind; elsewhere it is a part of the text, and not of its form
FILLED = ((r"(sha256|recipe|source|patches|toolchain|inputs|unread)['\"]?:[^:]*$", "%064x"), (r"commit: *$", "%040x"),
          (r"[\w\[,/'\"-] ?$|[\w-]: *$|^ *- ?$", "%d"))
EXPANSION = re.compile(r"\$\([^()]*(\([^()]*\)[^()]*)*\)|\$\{[^}]*\}|\$\w+|@[A-Z0-9_]+@|[0-9a-f]*\u2026")


def fill(text):
    """A template of a test: what the shell or sed would put in; None where that is more than a value."""
    out, at, number = "", 0, 1000000
    for match in EXPANSION.finditer(text):
        out += text[at:match.start()]
        at = match.end()
        number += 1
        line = out[out.rfind("\n") + 1:]
        form = next((form for pattern, form in FILLED if re.search(pattern, line)), None)
        if form is None or (text[at:at + 1] == "\n" and re.search(r"(outputs|layout|limits): *$", line)):
            return None
        out += form % number
    return out + text[at:]


def tracked():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], stdout=subprocess.PIPE, check=False).stdout.decode()
    files = [name for name in listed.split("\0") if name]
    return files or [os.path.relpath(name, ROOT) for name in glob.glob(ROOT + "/**", recursive=True) if os.path.isfile(name)]


def blocks(name, text):
    """Documents in a file: all of it, a fenced block, or a text between marks of the shell."""
    if name.endswith((".recipe", ".policy", ".recipe.in", ".policy.in")):
        yield text
    elif name.endswith(".md"):
        yield from re.findall(r"^```\w*\n((?:recipe|policy|defaults): 1\n.*?)^```", text, re.M | re.S)
    else:
        for match in re.finditer(r"<<-? *(['\"\\]?)(\w+)\1.*?\n(.*?)^\2$", text, re.M | re.S):
            if re.match(r"(#.*\n)*(recipe|policy|defaults): 1\n", match.group(3)):
                yield match.group(3)


def check_examples():
    count = {"recipe": 0, "policy": 0, "defaults": 0}
    for name in tracked():
        if not name.endswith((".md", ".sh", ".recipe", ".policy", ".recipe.in", ".policy.in", "/cmd", "/stdout")):
            continue
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            text = file.read()
        for block in blocks(name, text):
            kind = next((kind for kind in ("policy", "defaults") if re.search("^%s: 1$" % kind, block, re.M)), "recipe")
            filled = fill(re.sub(r"^@PATCHES@\n", "", block, flags=re.M))
            if filled is None or name in PARTS:
                continue
            for loader in (yaml.BaseLoader, Core):
                try:
                    value = yaml.load(filled, Loader=loader)
                except yaml.YAMLError as error:
                    if name not in NOT_YAML:
                        wrong("%s: %s" % (name, error))
                    break
                found = faults(kind, value)
                if name in NOT_YAML:
                    break
                if (name in MALFORMED) != bool(found):
                    wrong("%s: %s" % (name, "; ".join(found) or "the schema finds nothing"))
            count[kind] += 1
    if count["recipe"] < 20 or count["policy"] < 10 or count["defaults"] < 1:
        wrong("only %r were found" % count)
    ok("%(recipe)d recipes, %(defaults)d defaults and %(policy)d policies of tests and documents" % count)


# --- what the program says ---

POLICY = {
    "policy": 1,
    "pin": {"product": "p 1", "source": [DIGEST], "recipe": [DIGEST], "patches": [DIGEST], "inputs": [], "toolchain": [DIGEST]},
    "expires": "2027-01-31", "max-age": "90d",
    "scope": ["**"],
    "forbid": {"set-id": {"except": ["**/su"]}, "capabilities": True, "writable-code": "true", "executable-stack": False,
               "debug-information": True, "symbol-tables": True, "added-files": True},
    "require": {"verdict": "waived", "expected": "path", "rebuilds": 2, "origin": "known", "unexplained": 0, "outside": "7",
                "unreproducible": 1, "rules": ["filler"], "recompressed": True, "cached": "false", "unseen": False},
    "waive": [
        {"path": "**/a", "range": {"section": ".text", "max-size": "4KiB"}, "reason": "r", "owner": "o@example.org",
         "expires": "2027-01-31", "allow-code": True, "sha256": DIGEST},
        {"path": "b", "range": {"symbol": "main", "max-size": 4}, "reason": "two\nlines", "owner": "o"},
        {"path": "c", "range": {"offset": "0x10", "length": 16}, "reason": "r", "owner": "o"},
        {"path": "d", "fact": "owner", "reason": "r", "owner": "o"}],
    "unread": [DIGEST],
    "blobs": [{"path": "x", "sha256": DIGEST, "reason": "r"}],
    "signatures": [
        {"slot": "s1", "path": "p", "covers": ["a", "s1"], "zeroed": "s1", "max-size": 256, "key": "k.pem",
         "scheme": "ecdsa-p256-sha256", "encoding": "der"},
        {"slot": "s2", "covers": "a", "max-size": "1KiB", "keys": ["k.pem", "l.pem"], "scheme": "rsa-pkcs1-sha256", "index": "i",
         "index-from": 1},
        {"slot": "s3", "covers": "a", "max-size": 99, "keys": ["k.pem", "l.pem"], "scheme": "ed25519-cosi-blake2s", "mask": "m",
         "threshold": 2},
        {"slot": "s4", "covers": "a", "max-size": 9999, "key": "c.pem", "scheme": "cms-rsa-sha256", "signer-version": "v",
         "key-name": "n"}],
    "attestations": {"threshold": 1, "imported": True, "time-stamps": {"authorities": ["tsa.pem"], "crls": ["tsa.crl"], "required": True},
                     "parties": [{"name": "lab", "keys": ["a.pem"], "ca": ["root.pem"], "crls": ["list.pem"]}]}}

LAYOUT = [{"in": ".", "name": "header", "offset": 0, "size": 256, "kind": "header"},
          {"name": "payload", "offset": "0x100", "size": "rest", "kind": "payload", "byte-swap": 4}]

RECIPE = {
    "recipe": 1, "product": "p 1", "licence": "l",
    "source": [{"archive": "a.tar", "sha256": DIGEST, "strip": 1, "into": "."}, {"directory": "d", "into": "x/y"},
               {"git": "g", "commit": "0f" * 20}],
    "patches": [{"file": "f.patch", "sha256": DIGEST, "strip": "0", "in": "."}],
    "inputs": [{"path": "dl", "sha256": DIGEST, "at": "/inputs/dl"}],
    "toolchain": [{"archive": "t.tar", "sha256": DIGEST}, {"directory": "t", "at": "/opt/sdk"}],
    "path": "/build/p", "run_as": "root", "environment": {"A_1": "", "B": "x"},
    "limits": {"time": "6h", "memory": "8GiB", "processes": 2048, "output": 1000},
    "steps": ["make\n", "a"],
    "outputs": [{"from": "out/a", "at": "a//b", "symbols": ["a.debug"]}, {"from": "tree/", "at": "root//"}],
    "entries": [{"at": "a", "mode": "4755", "owner": "root", "group": "adm"}, {"at": "b", "uid": 0, "gid": "7"},
                {"at": "c", "link": "t"}, {"at": "d", "device": "8:1"}, {"at": "e", "facts": {"load": "0x80"}},
                {"mtree": "m", "sha256": DIGEST, "at": "root//"}],
    "scope": ["**"], "layout": LAYOUT}

DEFAULTS = dict({"defaults": 1}, **{key: value for key, value in RECIPE.items() if key not in ("recipe", "product")})

SAMPLES = {"policy": POLICY, "recipe": RECIPE, "defaults": DEFAULTS, "layout": {"layout": LAYOUT}}
# What has every key there is; a recipe with defaults may leave out most others, so that it is none to take keys from
WHOLE = dict(SAMPLES, recipe=dict(RECIPE, defaults="shared.yaml"))


def said_of(name, value, number):
    """What assay says against a file, by line and column: the rest of its message, or None."""
    path = "%s-%s.json" % (name, number)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    # what comes after the file was read fails, so that nothing is ever judged or built
    arguments = {"policy": ["compare", "nowhere", "nowhere", "--policy", path],
                 "recipe": ["verify", "nowhere", "--recipe", path, "--recipe", "nowhere"],
                 "defaults": ["verify", "nowhere", "--recipe", "of-" + path, "--recipe", "nowhere"],
                 "layout": ["compare", "nowhere", "nowhere", "--layout", path]}[name]
    if name == "defaults":
        # what a recipe that has all it needs names
        with open("of-" + path, "w", encoding="utf-8") as file:
            json.dump(dict({key: RECIPE[key] for key in ("recipe", "product", "source", "path", "steps", "outputs")}, defaults=path), file)
    done = subprocess.run([ASSAY] + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    os.unlink(path)
    if name == "defaults":
        os.unlink("of-" + path)
    said = done.stderr.decode()
    if done.returncode not in (2, 64):
        raise SystemExit("assay ended with %d: %s" % (done.returncode, said))
    found = re.match(r"assay: %s:\d+:\d+: (.*)" % re.escape(path), said, re.S)
    if found is None and not re.search("nowhere|cannot read the (key|certificate)", said):
        raise SystemExit("assay says of %s: %s" % (json.dumps(value)[:300], said))
    # the keys of a policy are read when it is well-formed
    of_keys = found is not None and found.group(1).startswith(("cannot read the key", "cannot read the certificate"))
    return found.group(1).split("\n")[0] if found and not of_keys else None


def resolve(name, schema):
    while "$ref" in schema:
        schema = SCHEMAS[name]["$defs"][schema["$ref"].split("/")[-1]]
    return schema


def objects(name, schema, value, path=()):
    """All places of a sample that have a fixed set of keys: path and schema."""
    schema = resolve(name, schema)
    if isinstance(value, dict):
        options = [resolve(name, option) for option in schema.get("oneOf", [])]
        schema = next((option for option in options if option.get("type") == "object"), schema)
        if schema.get("additionalProperties") is False:
            yield path, schema
        for key, inner in value.items():
            if key in schema.get("properties", {}):
                yield from objects(name, schema["properties"][key], inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects(name, schema.get("items", {}), inner, path + (index,))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def replaced(value, path, inner):
    """The value with another at a path; a copy of what lies along that path alone."""
    if not path:
        return inner
    copied = copy.copy(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], inner) if len(path) > 1 else inner
    return copied


def removed(value, path):
    """The value without what lies at a path."""
    holder = copy.copy(at(value, path[:-1]))
    del holder[path[-1]]
    return replaced(value, path[:-1], holder)


def check_keys():
    count = 0
    with open("shared.yaml", "w", encoding="utf-8") as file:
        file.write("defaults: 1\n")
    for name, sample in WHOLE.items():
        if faults(name, sample) or faults(name, texts(sample)) or said_of(name, sample, "sample"):
            wrong("the sample of a %s: %s; %s" % (name, faults(name, sample), said_of(name, sample, "sample")))
            continue
        seen, filled = {}, {}
        for path, schema in objects(name, SCHEMAS[name], sample):
            key = json.dumps(schema)
            seen[key] = schema
            filled.setdefault(key, set()).update(at(sample, path))
            changed = replaced(sample, path + ("no-such-key",), 1)
            said = said_of(name, changed, "key") or ""
            listed = re.search("expected one of (.*?)(, did you mean|$)", said)
            known = set(re.findall("`([^`]*)`", listed.group(1))) if listed else set()
            if known != set(schema["properties"]):
                wrong("%s, %s: assay and the schema differ in %s" % (name, path, sorted(known ^ set(schema["properties"]))))
            count += 1
        # a sample that leaves a key out would leave it untested
        for key, schema in seen.items():
            if filled[key] != set(schema["properties"]):
                wrong("the sample of a %s has no %s" % (name, sorted(set(schema["properties"]) - filled[key])))
        closed = [text for text in re.findall(r'"additionalProperties": false', json.dumps(SCHEMAS[name]))]
        if len(closed) != len(seen):
            wrong("the sample of a %s has %d kinds of objects, the schema %d" % (name, len(seen), len(closed)))
    ok("the keys of %d mappings are those that assay knows" % count)


# Values of which each is wrong almost everywhere
VALUES = [None, "", " ", [], [[]], {}, {"a": 1}, -1, 0, 1, 3, 1.5, True, "true", "yes", "x", "0", "01", "7", "0x", "0x1G", "1kB", "4KiB", "5s",
          "0s", "../x", "/x", "/build", "/inputs", "/build/../x", "a/../b", "2027-13-01", "2027-02-00", "1969-01-01", "ab" * 32,
          "AB" * 32, "ab" * 31, "0f" * 20, ["x"], ["x", "x"], [DIGEST], [DIGEST, DIGEST], [""], "rest", "8:1", "8:", "a\tb", "a\nb",
          "a\u0001b", "0888", "04755"]

# What assay says of what a schema has no way to say: of several values together, or of what they mean
FURTHER = re.compile("|".join((
    "stands here twice", "stands in the list already", "threshold is higher", "cannot cover itself", "belong to a scheme",
    "CMS has an encoding", "overlaps", "has the name of", "lies in that of", "stays beneath",
    "swap of a payload", "a file can have", "which of several", "is named already", "has leading components",
    "there is no rule", "must be a part of", "expected a fact beside")))


def texts(value):
    """As assay reads it: each scalar is a text, and the schema says of what type; nothing stays nothing."""
    if isinstance(value, dict):
        return {key: texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value]
    return value if value is None or isinstance(value, str) else json.dumps(value)


def mutants(name, sample):
    def walk(value, path):
        if path:
            yield path
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in items:
            yield from walk(inner, path + (key,))

    for path in list(walk(sample, ())):
        yield path, "removed", removed(sample, path)
        if isinstance(path[-1], int) and not isinstance(at(sample, path), (dict, list)):
            continue
        for value in VALUES:
            yield path, value, replaced(sample, path, value)


def check_mutants():
    counts = []
    for name, sample in SAMPLES.items():
        tried = list(mutants(name, sample))
        # all of a few would take long, and tell nothing new
        step = 1 if os.environ.get("ASSAY_ALL") == "1" else 61
        tried = tried[::step]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(lambda item: said_of(name, item[1][2], item[0]), enumerate(tried)))
        refused = 0
        for (path, value, changed), message in zip(tried, said):
            found = faults(name, texts(changed))
            refused += bool(found)
            if found and message is None:
                wrong("%s, %s = %r: assay takes it, the schema does not: %s" % (name, path, value, found[0]))
            elif message is not None and not found and not FURTHER.search(message):
                wrong("%s, %s = %r: the schema takes it; assay: %s" % (name, path, value, message))
        if refused < len(tried) // 3:
            wrong("%s: the schema refuses only %d of %d mutants" % (name, refused, len(tried)))
        counts.append("%d of %d mutants of a %s" % (refused, len(tried), name))
    ok("the schemas refuse " + ", ".join(counts) + "; assay refuses each of them")


# --- reports ---


def tables():
    """The names of members in the program's own table of a report."""
    with open(os.path.join(ROOT, "src/report/schema.c"), encoding="utf-8") as file:
        text = file.read()
    macros = "ALWAYS|OPTIONAL|NULLABLE|OBJECT|OPTIONAL_OBJECT|LIST|OPTIONAL_LIST|WORD|OPTIONAL_WORD|KNOWN|OPTIONAL_KNOWN"
    return set(re.findall(r"\b(?:%s) \(\"([a-z0-9_]+)\"" % macros, text))


def properties(schema):
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                yield from value
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def gate(report, number):
    """Whether assay finds a member that is not of its form."""
    path = "report-%s.json" % number
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file)
    done = subprocess.run([ASSAY, "gate", path, "--policy", "gate.policy", "--trust-report", "--image", "shipped.tar"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    os.unlink(path)
    said = " ".join(done.stderr.decode().split()) + " " + " ".join(done.stdout.decode().split())
    if done.returncode not in (0, 1, 2, 64):
        raise SystemExit("assay gate ended with %d: %s" % (done.returncode, said))
    return "is not as it should be" in said or done.returncode == 64


def report_mutants(report):
    """Each member of each kind of object once, removed and of other types; and members that it does not have."""
    done = set()

    def walk(value, path, kind):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield path + (key,), kind + (key,)
                yield from walk(inner, path + (key,), kind + (key,))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from walk(inner, path + (index,), kind + ("*",))

    for path, kind in walk(report, (), ()):
        if kind in done:
            continue
        done.add(kind)
        yield path, "removed", removed(report, path)
        for value in (None, "", "x", [], {}, 0, -1, True, [1], "0x", "0x01", "ab" * 32, 1 << 53):
            yield path, value, replaced(report, path, value)
    for closed in ("accounting", "fact_accounting") if "accounting" in report else ():
        yield (closed,), "another member", replaced(report, (closed, "no_such_class"), 0)
    if "options" in report:
        yield ("options", "limits"), "another member", replaced(report, ("options", "limits", "no-such-limit"), 0)


def is_beyond(path, value):
    """Files that are gone, a path of no file, and more bytes than a range has."""
    long = isinstance(value, str) and value not in ("", "removed")
    return path == ("files",) or (path[-1] == "path" and long) or (path[0] == "findings" and path[-1] in ("expected", "shipped") and long
                                                                    and len(value) == 64)


def check_report():
    # limits are the names of a table elsewhere, which every report has all of
    without = copy.deepcopy(SCHEMAS["report"])
    del without["$defs"]["limits"]
    named = set(properties(without))
    if named != tables():
        wrong("report: src/report/schema.c and the schema differ in %s" % sorted(named ^ tables()))
    count = 0
    for path in sorted(glob.glob("made-*.json")):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for fault in faults("report", report):
            wrong("%s: %s" % (path, fault))
        if gate(report, "made"):
            wrong("%s: assay gate does not take its form" % path)
        # what one member says of another is beyond a schema
        tried = [item for item in report_mutants(report) if not is_beyond(*item[:2])]
        tried = tried[::1 if os.environ.get("ASSAY_ALL") == "1" else 13]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(lambda item: gate(item[1][2], item[0]), enumerate(tried)))
        for (place, value, changed), refused in zip(tried, said):
            if refused != refuses("report", changed):
                wrong("%s, %s = %r: assay %s it, the schema does not" % (path, place, value, "refuses" if refused else "takes"))
        count += len(tried)
    if count < 300:
        wrong("only %d mutants of reports" % count)
    ok("reports are valid, and of %d mutants the schema refuses those that assay refuses" % count)


def check_coverage():
    """What `assay coverage` writes is valid, and has no member that the schema does not have."""
    count = 0
    for path in sorted(glob.glob("coverage-*.json")):
        with open(path, encoding="utf-8") as file:
            coverage = json.load(file)
        for fault in faults("coverage", coverage):
            wrong("%s: %s" % (path, fault))
        for place, value, changed in report_mutants(coverage):
            if value == "removed" and place[0] not in ("report", "builds") and not isinstance(place[-1], int):
                if not refuses("coverage", changed) and place[-1] != "by":
                    wrong("%s without %s is valid" % (path, place))
                count += 1
    if glob.glob("coverage-*.json") and count < 20:
        wrong("only %d mutants of coverages" % count)
    ok("what coverage says is valid, and of %d mutants none is" % count)


# What reports have too, and say of themselves
SHARED = {"options", "recipe", "source", "toolchain", "second", "recording", "limits", "time", "report", "tool"}


def members(value, path=()):
    """Each member, but for those within what reports say of themselves."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield path + (key,), inner
        if key not in SHARED:
            yield from members(inner, path + (key,))


def check_written():
    """What assay writes is valid; the schemas have its members and no others, and say something of each."""
    count = 0
    for name in WRITTEN:
        files = sorted(glob.glob(name + "-*.json"))
        if not files:
            if name != "rebuild":
                wrong("there is no %s-*.json" % name)
            continue
        seen, tried = set(), set()
        for path in files:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            for fault in faults(name, document):
                wrong("%s: %s" % (path, fault))
            for place, inner in members(document):
                kind = tuple("*" if isinstance(key, int) else key for key in place)
                seen.add(place[-1])
                if kind in tried:
                    continue
                tried.add(kind)
                refused = 0
                for value in (None, "", "x", [], {}, 0, -1, True, [1], "0x", "0x01", "ab" * 32, 1 << 53):
                    refused += refuses(name, replaced(document, place, value))
                    if refused == 6:
                        break
                if refused < 6 and "facts" not in kind[:-1]:
                    wrong("%s: of 13 values of %s the schema refuses %d" % (path, "/".join(map(str, place)), refused))
                if isinstance(inner, dict) and place[-1] not in SHARED | {"facts"}:
                    if not refuses(name, replaced(document, place + ("no_such_member",), 0)):
                        wrong("%s: the schema takes any member of %s" % (path, "/".join(map(str, place))))
                count += 1
            document["no_such_member"] = 0
            if not refuses(name, document):
                wrong("%s: the schema takes any member" % path)
        for key in sorted(set(properties(SCHEMAS[name])) - seen - SHARED):
            # of `options` the schema names the one that differs
            if key != "mode":
                wrong("%s: no file has the member %s, which the schema has" % (name, key))
    if count < 80:
        wrong("only %d members of what assay writes" % count)
    ok("what is said of statements, gates, images and rebuilds is valid, and of %d members the schemas say something" % count)


def main():
    load()
    for what in WHAT:
        {"schemas": check_schemas, "examples": check_examples, "keys": check_keys, "mutants": check_mutants,
         "report": check_report, "coverage": check_coverage, "written": check_written}[what]()
    sys.exit(len(WRONG) > 0)


main()
