"""Whether statements are what in-toto's protocol buffers say, which are the public schemas that there are.

    python3 predicates_protos.py PROTOS STATEMENT...      PROTOS: a copy of the directory `protos` of in-toto/attestation

Each is read by Google's reader of JSON, which takes no member that the buffers do not have, no member twice, and no value of
another type. Beside them only members that are called by a URI may stand, which in-toto has for extensions, and
`verifier.version` of a summary, which the text of SLSA 1.1 has. And what is read is all: written again, it is the
same. Twins with a member that nobody knows, or of another type, must be refused. Prints a line for each statement; ends with 1
where one does not hold.
"""

import copy
import importlib
import json
import subprocess
import sys
import tempfile

from google.protobuf import json_format

STATEMENT = "in_toto_attestation/v1/statement.proto"
RESOURCE = "in_toto_attestation/v1/resource_descriptor.proto"
PREDICATES = {
    "https://slsa.dev/provenance/v1": ("in_toto_attestation/predicates/provenance/v1/provenance.proto", "Provenance"),
    "https://slsa.dev/verification_summary/v1": ("in_toto_attestation/predicates/vsa/v1/vsa.proto", "VerificationSummary"),
}


def compiled(protos):
    """Makes Python of the buffers, and returns what loads one of them."""
    out = tempfile.mkdtemp(dir=".")
    files = [STATEMENT, RESOURCE] + [file for file, _ in PREDICATES.values()]
    subprocess.run(["protoc", "-I", protos, "--python_out", out] + files, check=True)
    sys.path.insert(0, out)
    return lambda file: importlib.import_module(file.replace(".proto", "_pb2").replace("/", "."))


def without_extensions(predicate):
    kept = {key: value for key, value in predicate.items() if "://" not in key}
    if "verificationResult" in kept and isinstance(kept.get("verifier"), dict):
        version = kept["verifier"].get("version", {})
        assert all(isinstance(text, str) for text in version.values()), "a version that is no text"
        kept["verifier"] = {key: value for key, value in kept["verifier"].items() if key != "version"}
    return kept


def read(value, message):
    json_format.ParseDict(value, message, ignore_unknown_fields=False)
    again = json_format.MessageToDict(message)
    return again == value


def holds(value, load):
    statement = load(STATEMENT).Statement()
    # a number of JSON is a double in a Struct: large ones are texts (T25), small ones come back as they were
    if not read(value, statement):
        return False
    if value["predicateType"] not in PREDICATES:
        return True
    file, name = PREDICATES[value["predicateType"]]
    return read(without_extensions(value["predicate"]), getattr(load(file), name)())


def refused(value, load):
    try:
        return not holds(value, load)
    except (json_format.ParseError, AssertionError, TypeError, AttributeError):
        return True


def twins(value):
    """The statement with one thing wrong, and what that is."""
    def places(node, path):
        if isinstance(node, dict):
            yield path
            for key, inner in node.items():
                if "://" not in key:
                    yield from places(inner, path + [key])

    free = ("annotations", "externalParameters", "internalParameters", "digest", "version")
    known = value["predicateType"] in PREDICATES
    for path in places(value, []):
        if any(key in free for key in path) or (path[:1] == ["predicate"] and not known):
            continue
        twin = copy.deepcopy(value)
        node = twin
        for key in path:
            node = node[key]
        node["unheardOf"] = 1
        yield "/".join(path) + "/unheardOf", twin
        for key in node:
            if "://" in key or key == "unheardOf" or (not known and key == "predicate"):
                continue
            other = copy.deepcopy(value)
            node_other = other
            for step in path:
                node_other = node_other[step]
            node_other[key] = [[1]]
            yield "/".join(path + [key]), other


def main():
    load = compiled(sys.argv[1])
    failed = 0
    for file in sys.argv[2:]:
        with open(file, encoding="utf-8") as text:
            value = json.load(text)
        try:
            right = holds(value, load)
        except json_format.ParseError as error:
            right = False
            print("FAIL: protos: %s: %s" % (file, error), file=sys.stderr)
        count = 0
        for what, twin in twins(value):
            count += 1
            if not refused(twin, load):
                failed = 1
                print("FAIL: protos: %s: taken with another %s" % (file, what), file=sys.stderr)
        if right:
            print("ok: protos: %s: %s, and %d twins that are not" % (file, value["predicateType"], count))
        else:
            failed = 1
            print("FAIL: protos: %s: it is not the same when it is written again" % file, file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
