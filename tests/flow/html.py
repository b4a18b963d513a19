"""Whether HTML reports are valid HTML and made of nothing that could run or load anything.

    python3 html.py PAGE TEXT...      each TEXT is to be read on it

By html5lib, which follows the parsing rules of the standard, and tells every error.
"""

import sys

import html5lib

PAGE = sys.argv[1]
# elements that a report is made of
ELEMENTS = set("""html head meta title style body main header nav section article footer h1 h2 h3 h4 p a b i span div dl dt dd
    ul ol li table caption thead tbody tfoot tr th td pre code figure figcaption blockquote details summary wbr svg path
    circle rect g defs marker""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class id href scope colspan start role tabindex aria-label
    aria-labelledby aria-hidden open viewBox d cx cy r rx width height stroke-width
    markerUnits markerWidth markerHeight refX refY focusable preserveAspectRatio""".split())


def fail(text):
    print("%s: %s" % (PAGE, text))
    sys.exit(1)


def main():
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    with open(PAGE, "rb") as page:
        tree = parser.parse(page)
    if parser.errors:
        fail("%d errors of syntax, the first %r" % (len(parser.errors), parser.errors[0]))
    ids = set()
    policy = None
    for element in tree.iter():
        if not isinstance(element.tag, str):
            fail("a comment")
        name = element.tag.split("}")[-1]
        if name not in ELEMENTS:
            fail("an element %r" % name)
        for attribute, value in element.attrib.items():
            if attribute not in ATTRIBUTES:
                fail("an attribute %r" % attribute)
            if attribute == "href" and not value.startswith("#"):
                fail("a link to %r" % value)
            if attribute == "id":
                if value in ids:
                    fail("two elements are called %r" % value)
                ids.add(value)
        if element.get("http-equiv") == "Content-Security-Policy":
            policy = element.get("content")
    if policy is None or not policy.startswith("default-src 'none'; style-src 'sha256-"):
        fail("no policy that forbids to load and to run")
    shown = "".join(tree.itertext())
    for text in sys.argv[2:]:
        if text not in shown:
            fail("%r is not to be read" % text)


main()
