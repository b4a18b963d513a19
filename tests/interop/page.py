#!/usr/bin/env python3
"""Opens HTML reports in headless Chromium, and says what it did with them.

    python3 page.py CHROMIUM DIRECTORY PAGE...

Each PAGE is opened at 390 and at 1,400 pixels, light and dark, and printed; with all unfolded at
both widths again. Screenshots and the print go to DIRECTORY. For each it writes one line of JSON:

    {"page", "requests": [urls beside the page itself], "messages": [of the console and the log], "overflow": [widths at
     which the page is wider than its window], "scripts": elements that could run or load something, "elements": all,
     "details": those that fold, "unlabelled": pictures without a name, "broken": links that lead nowhere,
     "contrast": texts that are hard to read, "text": the beginning of what is shown}

Speaks the DevTools protocol over --remote-debugging-pipe: file descriptors 3 and 4, messages of JSON that end with a NUL.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

WIDTHS = (390, 1400)
SCHEMES = ("light", "dark")

# A page of more elements is not unfolded as a whole: nobody does, and it takes a browser minutes.
MOST_UNFOLDED = 20000

# What a page could run or load; those of a report have none of them.
LOOK = """(() => {
  const all = document.querySelectorAll('*');
  const active = 'script,img,iframe,frame,object,embed,link,form,input,button,base,audio,video,source,image,use,animate,set,template';
  const handlers = [...all].filter(e => [...e.attributes].some(a => /^on|^style$|^src/i.test(a.name))).length;
  const anchors = [...document.querySelectorAll('a')];
  const href = a => a.getAttribute('href');
  return {
    scripts: document.querySelectorAll(active).length + handlers,
    elements: all.length,
    details: document.querySelectorAll('details').length,
    outside: anchors.filter(a => !href(a).startsWith('#')).length,
    broken: anchors.filter(a => href(a).startsWith('#') && !document.getElementById(href(a).slice(1))).length,
    unlabelled: [...document.querySelectorAll('svg[role]')].filter(e => !e.getAttribute('aria-label')).length,
    twice: all.length ? [...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size : 0,
    heading: document.querySelector('h1').textContent,
    text: document.body.innerText.slice(0, 400),
  };
})()"""

WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

# The least contrast of any text against what lies behind it (WCAG 2.1, 1.4.3).
CONTRAST = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  let bad = [];
  const texts = [...document.querySelectorAll('h1,h2,h3,p,td,th,dt,dd,code,summary,span,b,li,a,pre,figcaption,caption')];
  for (const e of texts.slice(0, 1500)) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    let ground = null;
    for (let at = e; at && !ground; at = at.parentElement) {
      const c = parse(getComputedStyle(at).backgroundColor);
      if (c.length === 3 || (c.length === 4 && c[3] > 0)) ground = c;
    }
    const a = light(parse(getComputedStyle(e).color)), b = light(ground || [255, 255, 255]);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...new Set(bad)];
})()"""


class Browser:
    def __init__(self, program, profile):
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()

        def place():
            # out of the way first: the two may have the very numbers that are wanted
            first, second = os.dup(down_read), os.dup(up_write)
            while first in (3, 4):
                first = os.dup(first)
            while second in (3, 4):
                second = os.dup(second)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
             "--user-data-dir=" + profile] + (["--no-sandbox"] if os.geteuid() == 0 else []),
            preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        self.to, self.back = os.fdopen(down_write, "wb", 0), os.fdopen(up_read, "rb", 0)
        self.buffer, self.number, self.events = b"", 0, []

    def receive(self):
        while b"\0" not in self.buffer:
            more = self.back.read(1 << 20)
            if not more:
                raise SystemExit("FAIL: Chromium ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.to.write(json.dumps(message).encode() + b"\0")
        while True:
            got = self.receive()
            if got.get("id") == self.number:
                if "error" in got:
                    raise SystemExit("FAIL: %s: %s" % (method, got["error"]))
                return got["result"]
            self.events.append(got)

    def wait(self, method):
        while True:
            for event in self.events:
                if event.get("method") == method:
                    return
            self.events.append(self.receive())


def evaluate(browser, session, expression):
    got = browser.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
    if "exceptionDetails" in got:
        raise SystemExit("FAIL: %s" % got["exceptionDetails"])
    return got["result"]["value"]


def picture(browser, session, directory, name, width, scheme, found):
    browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1,
                 mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
    if evaluate(browser, session, WIDE):
        found["overflow"].append(width)
    hard = evaluate(browser, session, CONTRAST)
    found["contrast"] += ["%d %s %s" % (width, scheme, text) for text in hard]
    height = min(evaluate(browser, session, "document.documentElement.scrollHeight"), 12000)
    shot = browser.call("Page.captureScreenshot", session, format="png", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": width, "height": height, "scale": 1})
    (directory / ("%s-%d-%s.png" % (name, width, scheme))).write_bytes(base64.b64decode(shot["data"]))


def look(browser, directory, page):
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Network", "Log", "Runtime", "Page"):
        browser.call(domain + ".enable", session)
    browser.events.clear()
    address = page.resolve().as_uri()
    browser.call("Page.navigate", session, url=address)
    browser.wait("Page.loadEventFired")
    found = {"page": page.name, "overflow": [], "contrast": []}
    found.update(evaluate(browser, session, LOOK))
    for width in WIDTHS:
        for scheme in SCHEMES:
            picture(browser, session, directory, page.stem, width, scheme, found)
    # what is folded must fit as well, once somebody unfolds it
    if found["elements"] < MOST_UNFOLDED:
        evaluate(browser, session, "globalThis.folded = [...document.querySelectorAll('details:not([open])')];"
                 "folded.forEach(e => { e.open = true }); folded.length")
        for width in WIDTHS:
            picture(browser, session, directory, page.stem + "-unfolded", width, "light", found)
        evaluate(browser, session, "folded.forEach(e => { e.open = false }); 1")
    browser.call("Emulation.setEmulatedMedia", session, features=[])
    printed = browser.call("Page.printToPDF", session, printBackground=True, preferCSSPageSize=True)
    (directory / (page.stem + ".pdf")).write_bytes(base64.b64decode(printed["data"]))
    # each link inside of the page leads to something that is then seen, though it be folded
    found["hidden"] = evaluate(browser, session, """(() => {
      let hidden = 0;
      for (const a of [...document.querySelectorAll('a[href^="#"]')].slice(0, 60)) {
        location.hash = ''; location.hash = a.getAttribute('href');
        const e = document.getElementById(a.getAttribute('href').slice(1));
        if (e && !e.getClientRects().length) hidden++;
      }
      return hidden;
    })()""")
    evaluate(browser, session, "1")
    events, browser.events = browser.events, []
    found["requests"] = [event["params"]["request"]["url"] for event in events
                         if event.get("method") == "Network.requestWillBeSent"
                         and event["params"]["request"]["url"].split("#")[0] != address]
    found["messages"] = [event["params"] for event in events if event.get("method") in (
        "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")]
    browser.call("Target.closeTarget", targetId=target)
    return found


def main():
    if len(sys.argv) < 4:
        raise SystemExit("usage: page.py CHROMIUM DIRECTORY PAGE...")
    directory = pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(sys.argv[1], profile)
        try:
            for page in sys.argv[3:]:
                print(json.dumps(look(browser, directory, pathlib.Path(page)), sort_keys=True), flush=True)
            browser.call("Browser.close")
            browser.process.wait()
        finally:
            browser.process.kill()
            browser.process.wait()


main()
