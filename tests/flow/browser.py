"""Chromium without a window, driven by the DevTools protocol over a pipe: what a person would see and press.

    with Browser() as browser, browser.tab(390) as tab:
        tab.open('http://127.0.0.1:8080/connect/start?state=...')
        tab.press('a.go')
        tab.value('document.title')

It reaches loopback alone.  Every wait is for something that the browser tells, with PATIENCE_S as its ceiling.
"""
import base64
import collections
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from world import PATIENCE_S

PROGRAM = 'chromium'  # Debian's package chromium
OPTIONS = ('--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
           '--disable-sync', '--disable-extensions', '--no-first-run', '--no-default-browser-check', '--no-proxy-server', '--remote-debugging-pipe',
           '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost')


class Browser:
    """One process, with a profile of its own; tabs share nothing."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='cartway-browser-')
        self.last, self.told, self.rest = 0, collections.defaultdict(list), b''
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()

        def hand_over():  # the protocol's pipes are descriptors 3 and 4
            first, second = fcntl.fcntl(theirs_in, fcntl.F_DUPFD, 10), fcntl.fcntl(theirs_out, fcntl.F_DUPFD, 10)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.log = tempfile.TemporaryFile()
        # Descriptors of ours are not inheritable, so nothing else is handed over.
        self.process = subprocess.Popen([PROGRAM, *OPTIONS, '--user-data-dir=' + self.folder, 'about:blank'], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, close_fds=False, preexec_fn=hand_over)
        os.close(theirs_in)
        os.close(theirs_out)

    def read(self, until):
        """The next message."""
        while b'\0' not in self.rest:
            ready = select.select([self.into], [], [], max(0, until - time.monotonic()))[0]
            more = os.read(self.into, 1 << 20) if ready else b''
            if not more:
                self.log.seek(0)
                raise RuntimeError('the browser %s: %s' % ('ended' if ready else 'is silent', self.log.read()[-2000:].decode(errors='replace')))
            self.rest += more
        text, self.rest = self.rest.split(b'\0', 1)
        return json.loads(text)

    def take(self, until):
        """Reads one message; an event is kept for its tab."""
        message = self.read(until)
        if 'method' in message:
            self.told[message.get('sessionId')].append(message)
        return message

    def ask(self, method, session=None, **params):
        self.last += 1
        message = {'id': self.last, 'method': method, 'params': params, **({'sessionId': session} if session else {})}
        os.write(self.out, json.dumps(message).encode() + b'\0')
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = self.take(until)
            if answer.get('id') == self.last:
                assert 'error' not in answer, (method, answer)
                return answer['result']

    @contextlib.contextmanager
    def tab(self, width, height=800):
        context = self.ask('Target.createBrowserContext')['browserContextId']
        tab = Tab(self, self.ask('Target.createTarget', url='about:blank', browserContextId=context)['targetId'], width, height)
        yield tab
        self.ask('Target.disposeBrowserContext', browserContextId=context)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.into)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tab:
    def __init__(self, browser, target, width, height):
        self.browser, self.complaints, self.answers = browser, [], []
        self.session = browser.ask('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.ask(domain + '.enable')
        self.ask('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def collect(self):
        """Sorts what was told: the console's complaints, and the documents that came; the names of the rest."""
        names = []
        for event in self.browser.told.pop(self.session, []):
            name, params = event['method'], event['params']
            names.append(name)
            if name == 'Runtime.exceptionThrown':
                self.complaints.append(params['exceptionDetails']['text'])
            elif name == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'warning'):
                self.complaints.append(str(params['args']))
            elif name == 'Log.entryAdded' and not (params['entry']['source'] == 'network' and 'the server responded with a status' in params['entry']['text']):
                self.complaints.append(params['entry']['text'])
            elif name == 'Network.responseReceived' and params['type'] == 'Document':
                self.answers.append(params['response'])
        return names

    def await_load(self):
        until = time.monotonic() + PATIENCE_S
        while 'Page.loadEventFired' not in self.collect():
            self.browser.take(until)

    def open(self, url):
        self.collect()
        self.ask('Page.navigate', url=url)
        self.await_load()

    def press(self, selector):
        """A person's click in the middle of it, which leads to another page."""
        box = self.value('(e => { e.scrollIntoView(); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })'
                         '(document.querySelector(%s))' % json.dumps(selector))
        self.collect()
        for kind in ('mousePressed', 'mouseReleased'):
            self.ask('Input.dispatchMouseEvent', type=kind, x=box[0], y=box[1], button='left', clickCount=1)
        self.await_load()

    def key(self, name, text=''):
        for kind in ('keyDown', 'keyUp'):
            self.ask('Input.dispatchKeyEvent', type=kind, key=name, code=name, text=text if kind == 'keyDown' else '',
                     windowsVirtualKeyCode={'Tab': 9, 'Enter': 13}[name])

    def value(self, expression):
        """Of our own question, not the page's: its policy does not hold for it."""
        answer = self.ask('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        assert 'exceptionDetails' not in answer, answer
        return answer['result'].get('value')

    def picture(self, path):
        with open(path, 'wb') as file:
            file.write(base64.b64decode(self.ask('Page.captureScreenshot', format='png')['data']))
