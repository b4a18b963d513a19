"""cosi.py MESSAGE KEY...: the signature that the owners of several Ed25519 keys make of a message together, as Trezor's
firmware is signed; 64 bytes on standard output. KEY is a private key in PEM form.

With the secrets a1, a2, ... and a nonce r: A = (a1 + a2 + ...) B, R = r B and S = r + SHA-512(R | A | MESSAGE) (a1 + a2 +
...) modulo the order L. Written after RFC 8032, 5.1, with plain numbers, so that it shares nothing with what it tests.
"""
import base64
import hashlib
import os
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    """The sum of two points of the curve."""
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P
    return x, y


def multiply(number, point):
    """The point, so many times."""
    result = (0, 1)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def encode(point):
    """A point in 32 bytes."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def base():
    """The base point: y = 4/5, x even."""
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x & 1 else x), y


def secret(path):
    """The scalar of a private key."""
    with open(path, encoding="ascii") as file:
        lines = [line.strip() for line in file if not line.startswith("-")]
    seed = base64.b64decode("".join(lines))[-32:]
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return scalar & ~7 & (1 << 255) - 1 | 1 << 254


def main():
    """Signs."""
    with open(sys.argv[1], "rb") as file:
        message = file.read()
    total = sum(secret(path) for path in sys.argv[2:]) % L
    nonce = int.from_bytes(os.urandom(64), "little") % L
    commitment = encode(multiply(nonce, base()))
    public = encode(multiply(total, base()))
    challenge = int.from_bytes(hashlib.sha512(commitment + public + message).digest(), "little")
    answer = (nonce + challenge * total) % L
    sys.stdout.buffer.write(commitment + answer.to_bytes(32, "little"))


main()
