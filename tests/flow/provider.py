"""A shop whose credentials end (tests/flow/lease.c), and who gives them: it says in every error what it was sent."""
import contextlib
import http.server
import json
import threading
import urllib.parse


class Provider(http.server.ThreadingHTTPServer):
    """mood: how /token answers; tokens are at_CANARY1, rt_CANARY1, at_CANARY2 ..."""

    daemon_threads = True

    def __init__(self):
        self.n, self.mood, self.life, self.scope, self.refresh_life = 0, 'well', 3600, 'read', None
        self.revoked, self.asked, self.revoke_status, self.lock = [], [], 200, threading.Lock()
        self.hold = threading.Event()  # /revoke waits for it
        self.hold.set()
        provider = self

        class Desk(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):  # noqa: N802
                text = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
                is_form = 'form' in self.headers.get('Content-Type', '')
                self.answer(*provider.post(self.path, dict(urllib.parse.parse_qsl(text)) if is_form else json.loads(text), text))

            def do_GET(self):  # noqa: N802
                self.answer(*provider.get(self.path, self.headers.get('Authorization', '')))

            def answer(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(data)))
                if status >= 400:
                    self.send_header('X-Request-Id', str(body)[-100:])
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(data)

            def log_message(self, *_):
                pass

        super().__init__(('127.0.0.1', 0), Desk)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.port = self.server_address[1]

    def post(self, path, body, text):
        if path == '/revoke':
            self.hold.wait(60)
            self.revoked.append(body['token'])
            return self.revoke_status, {'error': 'no_such_token', 'error_description': 'no: ' + text} if self.revoke_status != 200 else {}
        with self.lock:
            self.asked.append(body['grant_type'])
            if self.mood == 'refuses':
                return 400, {'error': 'invalid_grant', 'error_description': 'no such token: ' + text}
            if self.mood == 'fails':
                return 500, {'error': 'server_error', 'error_description': 'fell over: ' + text}
            self.n += 1
            more = {'refresh_expires_in': self.refresh_life} if self.refresh_life else {}
            return 200, {'access_token': 'at_CANARY%d' % self.n, 'refresh_token': 'rt_CANARY%d' % self.n, 'expires_in': self.life,
                         'scope': self.scope, **more}

    def get(self, path, authorization):
        if authorization != 'Bearer at_CANARY%d' % self.n:
            return 401, {'error': 'invalid_token', 'error_description': 'not known: %s at %s' % (authorization, path)}
        return 200, {'orders': [{'id': '1', 'number': 'one'}]}

    def expire(self):
        """The access token is not good any more, whatever was said of its life."""
        with self.lock:
            self.n += 1000

    def store(self, name):
        return {'id': name, 'platform': 'lease', 'allow_private': True, 'credentials': {'client_secret': 'CANARYclientsecret'},
                'settings': {'site': 'http://127.0.0.1:%d' % self.port, 'client_id': 'client-1'}}

    def granted(self, name):
        """A store whose owner has agreed (grant.c): what was got without a person can be got again, this can not."""
        store = self.store(name)
        return {**store, 'platform': 'grant', 'credentials': {**store['credentials'], 'refresh_token': 'rt_CANARY0'}}

    def close(self):
        self.hold.set()
        self.shutdown()
        self.server_close()
