#!/usr/bin/env python3
"""What a person sees of the connect flow, in Chromium, on a phone's width and a desk's: from the link to the page at the end.

The shops are shopsim's: WooCommerce's wc-auth, which posts its keys, and Shopify's authorization server, which gives a code.
CARTWAY_PICTURES names a folder for a picture of every page.
"""
import contextlib
import html
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading

from browser import PROGRAM, Browser
from consent import changed, query_of, reachable
from world import BUILD, Gateway, Shop, request, run

WIDTHS = (390, 1280)
APP = {'client_id': 'app-1', 'client_secret': 'secret-of-app-1'}
HEADERS = {'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer'}
POLICY = ("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'")
APPROVE = 'button[value=approve]'
DENY = 'button[value=deny]'
browser = gateway = woo = login = None

# All that is wrong with a page, as a list of texts: measured, not judged.
LOOK = r"""(() => {
  const wrong = [], width = document.documentElement.clientWidth, say = text => wrong.push(text);
  const light = c => { const v = c.match(/[\d.]+/g).slice(0, 3).map(x => x / 255).map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
                       return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
  if (document.documentElement.lang !== 'en') say('no language');
  const heads = document.querySelectorAll('h1');
  if (heads.length !== 1 || !heads[0].innerText.trim()) say(heads.length + ' headings');
  if (!document.title || document.title !== heads[0].innerText) say('the title is ' + document.title);
  if (!document.querySelector('main')) say('no main');
  if (document.documentElement.scrollWidth > width) say('scrolls to ' + document.documentElement.scrollWidth + ' of ' + width);
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.right > width + 1 || box.left < -1) say(e.tagName + ' reaches ' + box.right);
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (parseFloat(style.fontSize) < 14) say(e.tagName + ' is small: ' + style.fontSize);
    const a = light(style.color), b = light(ground(e)), contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5) say(e.tagName + ' is pale: ' + contrast);
  }
  for (const e of document.querySelectorAll('input, select, textarea')) if (!e.labels.length) say('no label: ' + e.name);
  for (const e of document.querySelectorAll('a, button')) if (e.getBoundingClientRect().height < 40) say('hard to hit: ' + e.innerText);
  if (document.scripts.length) say('a script');
  if (getComputedStyle(document.querySelector('main')).maxWidth !== '576px') say('its own policy keeps its style away');
  return wrong;
})()"""


def look(tab, name, *words, secrets=()):
    """A page of ours, as it must always be."""
    tab.collect()
    if os.environ.get('CARTWAY_PICTURES'):
        tab.picture(os.path.join(os.environ['CARTWAY_PICTURES'], '%s-%d.png' % (name, tab.value('innerWidth'))))
    assert tab.value(LOOK) == [], (name, tab.value(LOOK))
    assert tab.complaints == [], (name, tab.complaints)
    text = tab.value('document.body.innerText')
    for word in words:
        assert word in text, (name, word, text)
    source = tab.value('document.documentElement.outerHTML')
    for secret in secrets:
        assert secret not in source, (name, secret, source)
    found = {key.lower(): value for key, value in tab.answers[-1]['headers'].items()}
    assert not [key for key, value in HEADERS.items() if found.get(key) != value], (name, found)
    assert not [rule for rule in POLICY if rule not in found['content-security-policy']], (name, found)
    assert 'set-cookie' not in found, found
    return text


def widths(test):
    """A story for each of the widths."""
    def story():
        for width in WIDTHS:
            with browser.tab(width) as tab:
                test(tab, '%s%d' % (''.join(word[0] for word in test.__name__.split('_')), width))
    story.__name__ = test.__name__
    return story


def store(name, platform):
    body = {'id': name, 'platform': platform, 'allow_private': True, 'settings': {'site': 'http://127.0.0.1:%d' % (woo if platform == 'woocommerce' else login).port}}
    if platform == 'grant':
        body['settings']['client_id'] = APP['client_id']
        body['credentials'] = {'client_secret': APP['client_secret']}
    status, answer, _ = gateway.admin('POST', '/stores', body)
    assert status == 201, answer


def link(name):
    status, body, _ = gateway.admin('POST', '/stores/%s/connect' % name, {})
    assert status == 200, body
    return body['data']


def started(tab, name, platform):
    """The page that a merchant's link opens; where it leads: by the keyboard."""
    given = link(name)
    assert given['start_url'].startswith('http://127.0.0.1:%d/connect/start?state=' % gateway.known), given
    tab.open(given['start_url'])
    look(tab, 'start-' + platform, 'Connect your store', name, platform, 'What happens next', 'Link good until', '127.0.0.1:%d' % gateway.known,
         secrets=[APP['client_secret']])
    tab.key('Tab')
    assert tab.value('document.activeElement.className') == 'go', tab.value('document.activeElement.outerHTML')
    assert tab.value('getComputedStyle(document.activeElement).outlineStyle') == 'solid'
    assert tab.value('document.activeElement.href') == given['authorize_url']
    tab.collect()
    tab.key('Enter', '\r')
    tab.await_load()
    assert tab.value('document.referrer') == '', 'the provider is told the state'
    return given


def told(tab, name, *words, secrets=()):
    """The end, at an address of its own: of what the way back brought nothing is in it, in the history or in the page, now and
    when it is loaded again."""
    text = look(tab, name, *words, secrets=secrets)
    address = tab.value('location.href')
    assert re.fullmatch(r'http://127\.0\.0\.1:%d/connect/end\?page=[\w-]{43}' % gateway.known, address), address
    past = [entry['url'] for entry in tab.ask('Page.getNavigationHistory')['entries']]
    assert address in past and not [url for url in past if '/connect/callback' in url or 'code=' in url], past
    tab.ask('Page.reload')
    tab.await_load()
    assert look(tab, name + '-again', *words, secrets=secrets) == text
    return text


@widths
def a_shop_that_posts_its_keys(tab, name):
    store(name, 'woocommerce')
    given = started(tab, name, 'WooCommerce')
    assert 'would like to connect to your store' in tab.value('document.body.innerText')
    tab.press('.wc-auth-approve')
    told(tab, 'connected-woocommerce', 'The store is connected', 'You can close this window', name, 'WooCommerce',
         secrets=[APP['client_secret'], 'ck_', 'cs_', query_of(given['start_url'])['state']])
    assert gateway.admin('GET', '/stores/%s/credentials' % name)[1]['data']['state'] == 'static'
    tab.open(given['start_url'])
    look(tab, 'used', 'used already')


@widths
def a_provider_that_gives_a_code(tab, name):
    store(name, 'grant')
    given = started(tab, name, 'Grant')
    tab.press(APPROVE)
    told(tab, 'connected-code', 'The store is connected', name, secrets=[APP['client_secret'], query_of(given['start_url'])['state']])
    assert gateway.admin('GET', '/stores/%s/credentials' % name)[1]['data']['state'] == 'fresh'
    location = consented(tab, link(name)['authorize_url'])
    tab.open(location)
    told(tab, 'connected-again', 'The store is connected', name, secrets=[query_of(location)['code'], query_of(location)['state']])
    tab.open(location)  # from a history that is not this one's
    look(tab, 'used-again', 'used already', 'If the store is not connected')


@widths
def who_refuses_is_told_so(tab, name):
    store('w' + name, 'woocommerce')
    started(tab, 'w' + name, 'WooCommerce')
    tab.press('.wc-auth-deny')
    told(tab, 'denied-woocommerce', 'Permission was not given', 'Nothing has changed', 'access_denied')
    store('g' + name, 'grant')
    started(tab, 'g' + name, 'Grant')
    tab.press(DENY)
    told(tab, 'denied-code', 'Permission was not given', 'access_denied')
    assert gateway.admin('GET', '/stores/w%s/credentials' % name)[1]['data']['fields'] == []


@widths
def what_goes_wrong_on_the_way_back(tab, name):
    store('x' + name, 'grant')
    for fault, code, words in (({'hmac': '0' * 64}, 'signature_invalid', 'not signed'), ({'hmac': None}, 'signature_invalid', 'not signed'),
                               ({'state': None}, 'state_missing', 'not complete'), ({'state': 'A' * 43}, 'state_unknown', 'not known')):
        location = consented(tab, link('x' + name)['authorize_url'])
        tab.open(changed(location, **fault))
        look(tab, code, words, code, 'ask for a new link', secrets=[query_of(location)['code']])
    location = consented(tab, link('x' + name)['authorize_url'])
    tab.open(location + '&state=again')
    look(tab, 'doubled', 'cannot be read', 'request_invalid', secrets=[query_of(location)['code']])
    login.desk('POST', 'auth/faults', {'rules': [{'fault': 'html', 'on': 'obtain', 'times': 1}]})
    tab.open(location)
    look(tab, 'exchange', 'is not connected', 'exchange_')
    login.desk('DELETE', 'auth/faults')


@widths
def another_shop_is_not_taken(tab, name):
    """Whoever is logged in elsewhere agrees there: signed well, and not for this store."""
    store('y' + name, 'grant')
    given = link('y' + name)
    location = consented(tab, given['authorize_url'].replace('//127.0.0.1:', '//localhost:', 1))
    assert query_of(location)['shop'].startswith('localhost'), location
    tab.open(location)
    look(tab, 'another', 'This is another shop', 'shop_mismatch', 'Log in to the right shop')


def consented(tab, url):
    """Where the provider's page would send the browser, which does not go there yet."""
    parts = url.split('?', 1)[0].split('/', 3)
    status, _, headers = request(int(parts[2].split(':')[1]), 'POST', '/' + url.split('/', 3)[3], 'decision=approve',
                                 {'Content-Type': 'application/x-www-form-urlencoded', 'Host': parts[2]})
    assert status in (302, 303), status
    return headers['Location']


class Pages(http.server.BaseHTTPRequestHandler):
    """What show_pages prints, with the headers that the gateway gives its pages; and a page that frames another."""
    pages, headers_of_ours = {}, {}

    def do_GET(self):  # noqa: N802
        name = self.path.strip('/')
        is_frame = name.startswith('frame?')
        data = ('<!doctype html><iframe src="%s"></iframe>' % name[6:]).encode() if is_frame else self.pages.get(name, b'')
        self.send_response(200)
        for key, value in ({'Content-Type': 'text/html'} if is_frame else self.headers_of_ours).items():
            self.send_header(key, value)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served():
    printed = subprocess.run([os.path.join(BUILD, 'tests', 'flow', 'show_pages')], capture_output=True, check=True).stdout.split(b'\0')
    Pages.pages = {name.decode(): text for name, text in zip(printed[0::2], printed[1::2])}
    ours = request(gateway.port, 'GET', '/connect/callback')[2]
    Pages.headers_of_ours = {key: value for key, value in ours.items() if key not in ('Content-Length', 'Connection', 'Date')}
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield 'http://127.0.0.1:%d/' % server.server_address[1]
    server.shutdown()
    server.server_close()


def every_page_is_fit_to_be_seen():
    with served() as base:
        assert len(Pages.pages) > 35, len(Pages.pages)
        for width in WIDTHS:
            with browser.tab(width) as tab:
                for name in Pages.pages:
                    tab.open(base + name)
                    text = look(tab, 'all-' + name, *(['A <b>Platform</b> & "Sons"'] if 'unknown' not in name else []))
                    assert len(text) < 1100, (name, text)


def the_manual_has_their_words():
    with served(), open(os.path.join(os.environ.get('CARTWAY_SOURCE', '../..'), 'docs', 'credentials.md'), encoding='utf-8') as file:
        manual = file.read()
    for name, page in Pages.pages.items():
        page = html.unescape(page.decode())
        row = '| `%s` | **%s** %s | %s |' % (name, re.search('<h1>(.*?)</h1>', page)[1], *re.findall('<p>(.*?)</p>', page)[:2])
        assert name == 'start' or name.endswith('-unknown') or row in manual, row


def no_page_stands_in_a_frame():
    with served() as base, browser.tab(1280) as tab:
        for url in (link('f')['start_url'], 'http://127.0.0.1:%d/connect/callback' % gateway.known):
            tab.open(base + 'frame?' + url)
            tab.value('1')
            tab.collect()
            assert any('frame-ancestors' in text for text in tab.complaints), (url, tab.complaints)
            tab.complaints.clear()


def what_is_measured_can_fail():
    with browser.tab(390) as tab:
        tab.open('data:text/html,<meta name=viewport content=width=device-width><title>other</title><h1 style="width:900px">x</h1><p style="font-size:9px;color:%23aaa">y</p><input name=z><a href=x>go</a>')
        found = ' '.join(tab.value(LOOK.replace("getComputedStyle(document.querySelector('main')).maxWidth", "'576px'")))
    for word in ('no language', 'the title', 'no main', 'scrolls', 'small', 'pale', 'no label', 'hard to hit'):
        assert word in found, (word, found)


if __name__ == '__main__':
    if not shutil.which(PROGRAM):
        sys.exit('%s is not installed: apt-get install %s' % (PROGRAM, PROGRAM))
    woo = Shop('--dialect', 'woocommerce')
    login = Shop('--auth', 'shopify', '--client', '%(client_id)s:%(client_secret)s' % APP)
    gateway = reachable(Gateway(plugins=['woocommerce', 'grant']))
    CODE = 1
    try:
        gateway.init()
        gateway.start()
        store('f', 'grant')
        with Browser() as browser:
            CODE = run([a_shop_that_posts_its_keys, a_provider_that_gives_a_code, who_refuses_is_told_so, what_goes_wrong_on_the_way_back,
                        another_shop_is_not_taken, every_page_is_fit_to_be_seen, the_manual_has_their_words, no_page_stands_in_a_frame, what_is_measured_can_fail])
    finally:
        CODE = gateway.stop() or CODE
        woo.stop()
        login.stop()
    sys.exit(CODE)
