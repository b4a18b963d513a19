"""Whether statements have the fields that in-toto and SLSA ask for.

    python3 predicates.py SCHEMAS STATEMENT...      SCHEMAS: a directory with schemas of others, or ''

Nobody has published JSON Schemas of these formats: in-toto has protocol buffers, and SLSA says that its texts count. What
is asked here is what the texts say, in our own words:

    in-toto Attestation Framework, Statement v1.1, ResourceDescriptor v1, DigestSet v1.1
    SLSA 1.0 and 1.1: Provenance v1; Verification Summary v1

Readers that go by the protocol buffers refuse members that these do not have, unless they are called by a URI: so such
are wrong here too. Where SCHEMAS holds copies (in-toto-statement-v1.schema.json, slsa-provenance-v1.schema.json,
slsa-verification-summary-v1.schema.json) these are asked as well, of the whole statement.

Each statement must hold, and each must be found wrong once any field is removed that the texts require, or given another
type. Prints a line for each statement; ends with 1 where one does not hold.
"""

import copy
import json
import os
import re
import sys

import jsonschema

URI = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"\\^`{|}]*$"}
TEXT = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]+)?Z$"}
VERSIONS = {"type": "object", "additionalProperties": {"type": "string"}}


def closed(properties, *required):
    """An object with these members, and others that are called by a URI."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False,
            "patternProperties": {r"^[A-Za-z][A-Za-z0-9+.-]*:": True}}


def hexadecimal(*lengths):
    return {"type": "string", "pattern": "^(%s)$" % "|".join("[0-9a-f]{%d}" % length for length in lengths)}


# Names of algorithms that the text does not have are allowed, and must not look like one of its.
DIGESTS = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "minLength": 1},
           "properties": {"sha256": hexadecimal(64), "sha1": hexadecimal(40), "sha384": hexadecimal(96), "sha512": hexadecimal(128),
                          "gitCommit": hexadecimal(40, 64), "gitTree": hexadecimal(40, 64), "gitBlob": hexadecimal(40, 64)}}
RESOURCE = dict(closed({"name": TEXT, "uri": URI, "digest": DIGESTS, "content": {"type": "string"}, "downloadLocation": URI,
                        "mediaType": TEXT, "annotations": {"type": "object"}}),
                anyOf=[{"required": [key]} for key in ("name", "uri", "digest")])
RESOURCES = {"type": "array", "items": RESOURCE}


def having(resource, key):
    return {"allOf": [resource, {"required": [key]}]}


def statement(kind, predicate):
    return dict(closed({"_type": {"const": "https://in-toto.io/Statement/v1"},
                        "subject": {"type": "array", "minItems": 1, "items": having(RESOURCE, "digest")},
                        "predicateType": {"const": kind}, "predicate": predicate}, "_type", "subject", "predicateType", "predicate"))


PROVENANCE = closed(
    {"buildDefinition": closed({"buildType": URI, "externalParameters": {"type": "object"}, "internalParameters": {"type": "object"},
                                "resolvedDependencies": RESOURCES}, "buildType", "externalParameters"),
     "runDetails": closed({"builder": closed({"id": URI, "version": VERSIONS, "builderDependencies": RESOURCES}, "id"),
                           "metadata": closed({"invocationId": TEXT, "startedOn": TIME, "finishedOn": TIME}),
                           "byproducts": RESOURCES}, "builder")}, "buildDefinition", "runDetails")

# FAILED, a level of SLSA, or one of others, which must not begin as one of SLSA does
LEVEL = {"type": "string", "pattern": r"^(FAILED|SLSA_[A-Z]+_LEVEL_[0-9]+|(?!SLSA_).+)$"}


# Extension fields of our summaries
EXTENSIONS = ("https://assay.invalid/basis/v1", "https://assay.invalid/policy-keys/v1")
SHA256 = {"type": "object", "properties": {"sha256": hexadecimal(64)}, "required": ["sha256"], "additionalProperties": False}


def summary(version):
    """What 1.1 has beside 1.0 is `verifier.version`; and a summary may be without a time."""
    verifier = closed({"id": URI, **({"version": VERSIONS} if version != "1.0" else {})}, "id")
    if version == "1.0":
        # readers of 1.0 pass over what they do not know
        verifier["additionalProperties"] = True
    required = ["verifier", "resourceUri", "policy", "verificationResult", "verifiedLevels"] + (["timeVerified"] if version == "1.0" else [])
    return dict(closed(
        {"verifier": verifier, "timeVerified": TIME, "resourceUri": URI, "policy": having(RESOURCE, "uri"),
         "inputAttestations": {"type": "array", "items": having(RESOURCE, "digest")}, "verificationResult": {"enum": ["PASSED", "FAILED"]},
         "verifiedLevels": {"type": "array", "minItems": 1, "uniqueItems": True, "items": LEVEL},
         "dependencyLevels": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}, "propertyNames": LEVEL},
         "slsaVersion": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+$"},
         # by what it was found, which SLSA has no place for
         EXTENSIONS[0]: SHA256, EXTENSIONS[1]: SHA256}, *required),
        # it did not fail who passed, and the other way round
        **{"if": {"properties": {"verificationResult": {"const": "FAILED"}}},
           "then": {"properties": {"verifiedLevels": {"const": ["FAILED"]}}},
           "else": {"properties": {"verifiedLevels": {"not": {"contains": {"const": "FAILED"}}}}}})


COMPARISON = "https://assay.invalid/comparison/v1"
KINDS = {"https://slsa.dev/provenance/v1": ("slsa-provenance-v1", PROVENANCE),
         "https://slsa.dev/verification_summary/v1": ("slsa-verification-summary-v1", summary("1.1")),
         # ours: of that in-toto asks nothing but an object, and share/schemas has the rest
         COMPARISON: (None, {"type": "object", "minProperties": 1})}


def faults(schema, value):
    return ["%s: %s" % ("/".join(map(str, error.absolute_path)), error.message[:200])
            for error in jsonschema.Draft202012Validator(schema).iter_errors(value)]


def beyond(value):
    """What a schema has no way to say: names and URIs of subjects stand once."""
    subjects = value.get("subject") if isinstance(value.get("subject"), list) else []
    for key in ("name", "uri"):
        names = [subject[key] for subject in subjects if isinstance(subject, dict) and key in subject]
        if len(set(map(str, names))) != len(names):
            yield "two subjects have one %s" % key
    if len(subjects) > 1024:
        yield "more than 1024 subjects, which other verifiers refuse"


def wrong_in(schema, value):
    return faults(schema, value) + list(beyond(value))


def places(value, path=()):
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield path + (key,)
        # what is in these is whose type it is
        if key not in ("externalParameters", "internalParameters", "annotations", "report"):
            yield from places(inner, path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


# What may be left out, of what assay writes
FREE = {"internalParameters", "resolvedDependencies", "builderDependencies", "version", "annotations", "timeVerified", "assay", "name", "uri",
        "digest", "sha256", "gitCommit", "origin", "report", "report_sha256", "result", *EXTENSIONS}


def tampered(value):
    """Twins that are wrong: a field that is required is gone, of another type, or beside one that nobody knows."""
    done = set()
    for path in list(places(value)):
        kind = tuple("*" if isinstance(key, int) else key for key in path)
        if kind in done or value["predicateType"] == COMPARISON and len(path) > 1 and path[0] == "predicate":
            continue
        done.add(kind)
        twin = copy.deepcopy(value)
        del at(twin, path[:-1])[path[-1]]
        if not isinstance(path[-1], int) and (path[-1] not in FREE or kind == ("subject", "*", "digest") or kind == ("predicate", "policy", "uri")):
            yield "without %s" % "/".join(kind), twin
        for other in (7, None, True):
            twin = copy.deepcopy(value)
            at(twin, path[:-1])[path[-1]] = other
            yield "%s = %s" % ("/".join(kind), other), twin
        if isinstance(at(value, path), dict) and path[-1] not in ("digest", "version", "externalParameters", "internalParameters", "annotations", "predicate"):
            twin = copy.deepcopy(value)
            at(twin, path)["noSuchField"] = "x"
            yield "%s with a field that nobody knows" % "/".join(kind), twin
    for change in ({"_type": "https://in-toto.io/Statement/v0.1"}, {"subject": []}, {"subject": value["subject"] * 2}):
        yield str(change)[:60], {**value, **change}


def theirs(directory, name):
    path = os.path.join(directory, name + ".schema.json") if directory and name else None
    if path is None or not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    directory, bad, asked = sys.argv[1], False, set()
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        name, predicate = KINDS[value["predicateType"]]
        schema = statement(value["predicateType"], predicate)
        jsonschema.Draft202012Validator.check_schema(schema)
        found = wrong_in(schema, value)
        for other in ("in-toto-statement-v1", name):
            public = theirs(directory, other)
            if public is not None:
                asked.add(other)
                found += ["%s: %s" % (other, error.message[:200]) for error in jsonschema.validators.validator_for(public)(public).iter_errors(value)]
        if "timeVerified" in value["predicate"]:
            found += ["by 1.0: " + fault for fault in wrong_in(statement(value["predicateType"], summary("1.0")), value)]
        count = 0
        for story, twin in tampered(value):
            count += 1
            if not wrong_in(schema, twin):
                found.append("nothing is found in a twin: " + story)
        for fault in found:
            print("FAIL: %s: %s" % (path, fault), file=sys.stderr)
        bad = bad or bool(found)
        print("ok: predicates: %s: %s, and %d twins that are not" % (path, re.sub(r".*://", "", value["predicateType"]), count))
    print("ok: predicates: public schemas that were asked: %s" % (", ".join(sorted(asked)) or "none lie in ASSAY_SCHEMAS"))
    sys.exit(bad)


main()
