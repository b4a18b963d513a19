"""Writes a report of a large image that differs everywhere, as canonical JSON that adds up.

    python3 html_large.py FILES FINDINGS
"""

import json
import sys

CLASSES = ("explained", "identical", "outside", "structure", "undecided", "unexplained", "unreproducible", "waived")
SIZE = 100000
LENGTH = 3


def accounting(**given):
    counts = {name: given.get(name, 0) for name in CLASSES}
    return dict(counts, total=sum(counts.values()))


def describe_file(number, findings):
    bad = findings * LENGTH
    return {
        "accounting": dict(accounting(unexplained=bad, identical=SIZE - bad), payload=0), "format": "elf",
        "machine": "AArch64", "origin": "unknown", "size": SIZE, "type": "file", "verdict": "mismatch" if bad else "identical",
        "path": "usr/lib/package-%03d//opt/some/long/directory/libproduct-%05d.so.1.2" % (number % 97, number),
        "sha256": "%064x" % number, "expected_sha256": "%064x" % (number + bad),
        "sections": [{"address": "0x%x" % (0x1000 * i), "class": "identical" if i else "unexplained", "flags": "AX",
                      "name": ".section%d" % i, "offset": i * 5000, "size": 5000} for i in range(8)]}


def describe_finding(path, file, number):
    function = "function_%d_%d" % (file, number // 3)
    return {
        "cause": "primary" if number % 3 else "ripple", "class": "unexplained", "path": path, "rule": "differs",
        "message": "these bytes are not the ones that the rebuild made",
        "range": {"address": "0x%x" % (number * 9), "length": LENGTH, "offset": number * 9}, "section": ".section0",
        "shipped": "102030", "expected": "112131", "function": function, "symbol": function, "named_by": "rebuild",
        "source": {"file": "src/part%d.c" % (file % 300), "line": number + 1},
        "disassembly": [{"differs": i % 3 == 0, "expected": "0x%x  mov x0, #%d" % (i * 4, i),
                         "shipped": "0x%x  add x0, x1, #%d" % (i * 4, i)} for i in range(6)]}


def main():
    count, findings = int(sys.argv[1]), int(sys.argv[2])
    each = findings // count
    root = {"accounting": dict(accounting(identical=4096), payload=count * SIZE), "format": "squashfs", "path": ".",
            "origin": "unknown", "size": 4096 + count * SIZE, "type": "file", "verdict": "identical"}
    files = [root] + [describe_file(i, each) for i in range(count)]
    total = {name: sum(file["accounting"][name] for file in files) for name in CLASSES + ("total",)}
    facts = [{"class": "unexplained", "expected": "0100644", "fact": "mode", "path": files[1 + i]["path"], "rule": "differs",
              "shipped": "0100755"} for i in range(count)]
    sys.stdout.write(json.dumps({
        "accounting": total, "ambiguous": [], "expected": [{"cached": False, "kind": "path", "path": "expected.img"}],
        "fact_accounting": accounting(unexplained=len(facts)), "facts": facts, "files": files,
        "findings": [describe_finding(files[1 + i]["path"], i, j) for i in range(count) for j in range(each)],
        "image": {"format": "squashfs", "path": "image.img", "size": root["size"]},
        "judged": {"bytes": total["total"], "of": total["total"]},
        "missing": [{"path": "missing/file-%d" % i, "size": i} for i in range(count)],
        "options": {"mode": "compare", "scope": None}, "policy": {"failures": [], "result": "none"},
        "reasons": ["many bytes differ"] * 1000, "schema": "assay.report/1", "tool": {"name": "assay", "version": "0"},
        "undecided": [], "verdict": "mismatch"}, sort_keys=True, separators=(",", ":")) + "\n")


main()
