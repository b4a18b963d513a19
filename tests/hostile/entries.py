#!/usr/bin/env python3
"""Makes hostile entries of the cache of builds with the user's own key: what only a thief of the key could.

    entries.py NAME ENTRY KEY KIND > FORGED        src/rebuild/pack.h and manifest.h say how an entry is written
"""
import hashlib
import hmac
import json
import struct
import subprocess
import sys

HEAD = struct.Struct("<cIqIQIQI")


def entry(kind, path, mode=0o755, size=0, target=b"", attributes=b""):
    head = HEAD.pack(kind, mode, 1700000000, 0, size, len(path), len(attributes), len(target))
    return head + path + attributes + target


def content(*runs):
    return b"".join(struct.pack("<QI", at, len(data)) + data for at, data in runs) + struct.pack("<QI", 0, 0)


def tree(*parts):
    return entry(b"d", b".") + b"".join(parts)


def file(path, data=b"forged\n"):
    return entry(b"f", path, 0o644, len(data)) + content((0, data))


# KIND: the stream of the build tree, and how many entries it says
STREAMS = {
    "up": (tree(file(b"../escaped")), 2),
    "absolute": (tree(file(b"/escaped")), 2),
    "through-a-link": (tree(entry(b"l", b"way", 0, target=b"../.."), file(b"way/escaped")), 3),
    "through-an-absolute-link": (tree(entry(b"l", b"way", 0, target=b"/tmp"), file(b"way/escaped")), 3),
    "hard-link-up": (tree(entry(b"h", b"name", 0, target=b"../../etc/passwd")), 2),
    "nul": (tree(file(b"a\0b")), 2),
    "twice": (tree(file(b"name"), file(b"name")), 3),
    "other-tree": (tree(file(b"name")), 2),
    "more-said": (tree(file(b"name")), 1 << 40),
    "long-path": (tree(entry(b"d", b"x" * 100000)), 2),
    "device": (tree(entry(b"b", b"disk")), 2),
    "run-behind-the-end": (tree(entry(b"f", b"name", 0o644, 4) + content((1 << 60, b"far"))), 2),
    "endless-hole": (tree(entry(b"f", b"name", 0o644, 1 << 62) + content()), 2),
    "set-id": (tree(entry(b"f", b"name", 0o107755, 0) + content()), 2),
    "attribute": (tree(entry(b"f", b"name", 0o644, 0, attributes=b"user.x\0\xff\xff\xff\xff") + content()), 2),
    "build-alone": (tree(file(b"name")), 2),
    "outputs-alone": (tree(file(b"name")), 2),
    "cut": (tree(file(b"name"))[:-20], 2),
    "zeros": (b"\0" * (1 << 28), 1 << 20),
}


def main():
    name, path, key, kind = sys.argv[1:]
    with open(path, "rb") as opened:
        whole = opened.read()
    with open(key, "rb") as opened:
        secret = opened.read()
    length = struct.unpack("<Q", whole[-40:-32])[0]
    text = json.loads(whole[-40 - length:-40])
    body = whole[:-40 - length]
    places = {"build-alone": ["build"], "outputs-alone": ["outputs"]}.get(kind, ["build", "outputs"])
    if kind in STREAMS:
        stream, count = STREAMS[kind]
        packed = subprocess.run(["zstd", "-1", "-c", "-q"], input=stream, stdout=subprocess.PIPE, check=True).stdout
        for place in places:
            text[place].update(offset=len(body), length=len(packed), entries=count,
                               stored=hashlib.sha256(packed).hexdigest())
        body += packed
    elif kind == "outside":
        text["build"]["offset"] = text["outputs"]["offset"] = 1 << 50
    elif kind == "negative":
        text["build"]["length"] = -1
    elif kind == "other-name":
        text["key"] = "0" * 64
    elif kind == "no-json":
        text = None
    elif kind != "as-it-is":
        sys.exit("no such kind: " + kind)
    said = b"{" if text is None else (json.dumps(text, sort_keys=True, separators=(",", ":")) + "\n").encode()
    body += said + struct.pack("<Q", len(said))
    code = hmac.new(secret, b"assay cache entry 2\0" + name.encode() + b"\0" + hashlib.sha256(said).digest(), "sha256")
    sys.stdout.buffer.write(body + code.digest())


if __name__ == "__main__":
    main()
