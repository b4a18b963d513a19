"""Policies, recipes and reports that somebody damaged: none of them passes.

    python3 mutants.py ROOT ASSAY policy|recipe|report COUNT      in the directory that mutants.sh has filled

Each mutant is the good file with some characters or members changed, by a generator that begins at the same place each
time. Whether it is malformed says another reader and not assay: PyYAML and Python's JSON, held to the schemas in
share/schemas. Three kinds are told apart:

  malformed    no document of its schema; at least COUNT of them, and none may end with 0. A policy and a recipe end with 64
  same         another text of the same meaning: ends as the good one, with 0
  other        well-formed, of another meaning: may pass where it says so honestly (another licence, a wider waiver); of a
               report only where all that was changed is in SAYS_NOTHING
"""

import concurrent.futures
import copy
import json
import os
import random
import re
import subprocess
import sys

import jsonschema
import yaml

ROOT, ASSAY, WHAT, COUNT = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
GOOD = {"policy": "good.policy", "recipe": "good.recipe", "report": "good.json"}[WHAT]
with open(os.path.join(ROOT, "share/schemas/%s-1.schema.json" % WHAT), encoding="utf-8") as schema_file:
    VALIDATOR = jsonschema.Draft202012Validator(json.load(schema_file))

# Members of a report by which nothing is decided: how things are called, what a reader is told of them, and what only
# whoever judged can know, as the limits and the digest of the other side. A finding has no reason; its waiver has one.
SAYS_NOTHING = re.compile(r"(image|expected\.\d+)\.path|tool\.version|findings\.\d+\.(message|cause|reason)|policy\.notes\.\d+"
                          r"|files\.\d+\.expected_(path|sha256)|options\.(program_sha256|time|digests|limits\.[a-z-]+)|expected\.\d+\.sha256"
                          r"|reasons\.\d+")

KNOWN = set()
INSERTS = [b"\x00", b"\t", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!str ", b"---\n", b"...\n", b"9" * 30, b"\xef\xbb\xbf", b"\xff", b": ", b"- ",
           b"\"", b"'", b"#", b"%YAML 9\n", b"<<: ", b"\\", b",", b"\n", b"null", b"-1", b"\x1b[2J", b"? "]


class Refused(Exception):
    """What the part of YAML does not have that assay reads."""


class Strict(yaml.BaseLoader):
    """Texts alone, without aliases, anchors, tags, merge keys and duplicate keys."""

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise Refused("alias, anchor or tag")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        if any(not isinstance(key, str) for key in keys) or len(set(keys)) != len(keys) or "<<" in keys:
            raise Refused("keys")
        return super().construct_mapping(node, deep)


def no_duplicates(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def refuse_real(text):
    raise ValueError("a number that is no integer: " + text)


def nothing_is_no_text(loader, node):
    """A plain scalar that is empty, `~` or `null` is no value of any type."""
    return None if node.style is None and node.value in ("", "~", "null") else loader.construct_scalar(node)


Strict.add_constructor(None, None)
Strict.yaml_constructors = {"tag:yaml.org,2002:map": lambda loader, node: loader.construct_mapping(node, deep=True),
                            "tag:yaml.org,2002:seq": lambda loader, node: loader.construct_sequence(node, deep=True),
                            "tag:yaml.org,2002:str": nothing_is_no_text}


def load_yaml(text):
    """PyYAML refuses a tab between tokens, which is white space there (YAML 1.2, 6.2)."""
    try:
        return list(yaml.load_all(text, Loader=Strict))
    except yaml.scanner.ScannerError as error:
        if "'\\t' that cannot start any token" not in str(error):
            raise
        return list(yaml.load_all(text.replace("\t", " "), Loader=Strict))


def read(data):
    """The meaning of a file, or None where it is no document of its schema."""
    try:
        text = data.decode()
        if WHAT == "report":
            value = json.loads(text, object_pairs_hook=no_duplicates, parse_float=refuse_real, parse_constant=refuse_real)
        else:
            documents = load_yaml(text)
            if len(documents) != 1:
                return None
            value = documents[0]
    except (UnicodeError, ValueError, Refused, yaml.YAMLError, RecursionError):
        return None
    return value if next(VALIDATOR.iter_errors(value), None) is None else None


def damage(good, number):
    """One to three changes of bytes; of a report every second time one of a member."""
    chance = random.Random(number)
    if WHAT == "report" and number % 2:
        return change_member(good, chance)
    data = good
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1:]
        elif kind == 1:
            data = data[:at] + data[at + chance.randint(1, 12):]
        elif kind == 2:
            begin = chance.randrange(len(data) + 1)
            data = data[:at] + data[begin:begin + chance.randint(1, 20)] + data[at:]
        elif kind == 3:
            data = data[:at] if chance.random() < 0.3 else data[:at] + data[at + 1:]
        else:
            data = data[:at] + chance.choice(INSERTS) + data[at:]
    return data


def places(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, path + (key,))


def change_member(good, chance):
    report = json.loads(good)
    path = chance.choice(list(places(report)))
    holder = report
    for step in path[:-1]:
        holder = holder[step]
    value = copy.deepcopy(holder[path[-1]])
    values = [None, -1, 0, 1 << 53, 1.5, "", "x", [], {}, True, [value], {"a": value}, "0" * 64,
              value + 1 if isinstance(value, int) else str(value) + " "]
    if chance.random() < 0.25:
        del holder[path[-1]]
    else:
        holder[path[-1]] = chance.choice(values)
    return json.dumps(report, sort_keys=True, separators=(",", ":")).encode()


def flat(value, path=""):
    """Each leaf by its path, as a.0.b."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None or not value:
        yield path, json.dumps(value)
        return
    for key, inner in items:
        yield from flat(inner, "%s.%s" % (path, key) if path else str(key))


def judge(number, data):
    name = "mutant-%s-%d" % (WHAT, number)
    with open(name, "wb") as file:
        file.write(data)
    arguments = {"policy": ["compare", "image.tar", "image.tar", "--policy", name],
                 "recipe": ["verify", "built", "--recipe", name, "--no-progress"],
                 "report": ["gate", name, "--policy", "gate.policy", "--trust-report", "--image", "image.tar", "--time", "2026-01-01"]}[WHAT]
    done = subprocess.run([ASSAY] + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    os.unlink(name)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def main():
    with open(GOOD, "rb") as file:
        good = file.read()
    meaning = read(good)
    code, said = judge(0, good)
    # what no schema has says nothing
    KNOWN.update(str(step) for path in places(meaning) for step in path)
    if meaning is None or code != 0:
        sys.exit("FAIL: the good %s ends with %d: %s" % (WHAT, code, said))
    mutants, seen, number = [], {good}, 0
    while sum(kind == "malformed" for kind, _, _ in mutants) < COUNT or number < 2 * COUNT:
        number += 1
        data = damage(good, number)
        if data in seen:
            continue
        seen.add(data)
        value = read(data)
        mutants.append(("malformed" if value is None else "same" if value == meaning else "other", value, data))
        if number > 50 * COUNT:
            sys.exit("FAIL: too few mutants are malformed")
    counts, passed = {"malformed": 0, "same": 0, "other": 0}, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda item: judge(item[0] + 1, item[1][2]), enumerate(mutants)))
    for (kind, value, data), (code, said) in zip(mutants, results):
        counts[kind] += 1
        passed += kind == "other" and code == 0
        changed = dict(flat(value)).items() ^ dict(flat(meaning)).items() if kind == "other" and WHAT == "report" else ()
        deciding = [path for path, _ in changed if not SAYS_NOTHING.fullmatch(path) and KNOWN.issuperset(path.split("."))]
        wrong = (code not in (0, 1, 2, 64) or (kind == "malformed" and code == 0) or (kind == "same" and code not in (0, 64))
                 or (kind == "malformed" and WHAT != "report" and code != 64) or (code == 0 and bool(deciding)))
        if wrong:
            sys.stderr.write("%s\n%s\n%s\n" % (data.decode(errors="replace")[:3000], said[:2000], deciding))
            sys.exit("FAIL: a %s of the kind `%s` ends with %d" % (WHAT, kind, code))
    print("%d malformed, none passes; %d of the same meaning; %d of another, of which %d pass" %
          (counts["malformed"], counts["same"], counts["other"], passed))


main()
