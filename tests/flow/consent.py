"""A browser on its way through a provider's consent page, and back to the gateway."""
import http.client
import socket
import urllib.parse

from world import request

DONE = 'https://app.example/done'


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def reachable(gateway):
    """Links need an address that is known before the gateway starts: in gateway.known."""
    gateway.known = free_port()
    gateway.options += ['--listen', '127.0.0.1:%d' % gateway.known, '--public-url', 'http://127.0.0.1:%d' % gateway.known,
                        '--return-origins', 'https://app.example']
    return gateway


def link(gateway, name, **wish):
    status, body, _ = gateway.admin('POST', '/stores/%s/connect' % name, {'return_url': DONE, **wish})
    assert status == 200, body
    return body['data']['authorize_url']


def query_of(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def decided(url, decision, **form):
    """Where the provider's page sends the browser."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection('127.0.0.1', parts.port, timeout=60)
    connection.request('POST', parts.path + '?' + parts.query, urllib.parse.urlencode({'decision': decision, **form}),
                       {'Content-Type': 'application/x-www-form-urlencoded'})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status in (302, 303), (answer.status, text)
    return answer.getheader('Location')


def back(gateway, location):
    """What stands at the return URL after the browser's way back."""
    parts = urllib.parse.urlsplit(location)
    assert parts.path == '/connect/callback' and parts.port == gateway.known, location
    status, body, headers = request(parts.port, 'GET', parts.path + '?' + parts.query)
    assert status == 303, (status, body)
    assert headers['Location'].startswith(DONE), headers
    return query_of(headers['Location'])


def changed(location, **pairs):
    """With other parameters; None: without."""
    query = {**query_of(location), **pairs}
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(location)._replace(
        query=urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})))
