"""player.py - a shop that plays recordings, for the flow tests.

    player = Player(FIXTURES)
    player.play('order_cancel')                       that recording's answer for its method and path
    player.rule('POST', 'convert', 400, {...})        comes first; 'close' ends the connection without a word
    player.sent                                       [(method, path, body)], and player.queries and player.headers beside it
"""
import http.server
import json
import os
import re
import threading
import urllib.parse


class Player:
    """Answers by method and path.  A document may be a function of the query's parameters, and name headers:
    {"headers": {...}, "records": [...]}."""

    def __init__(self, fixtures):
        self.fixtures, self.sent, self.queries, self.headers, self.rules, self.answers = fixtures, [], [], [], [], {}
        player = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def answer(self):
                size = int(self.headers.get('Content-Length') or 0)
                text = self.rfile.read(size)
                path, _, query = self.path.partition('?')
                query = dict(urllib.parse.parse_qsl(query))
                body = json.loads(text) if text else None
                player.sent.append((self.command, path, body))
                player.queries.append(query)
                player.headers.append(dict(self.headers))
                status, document = player.find(self.command, path)
                query['body'] = body
                if status == 'close':
                    self.close_connection = True
                    return
                if callable(document):
                    document = document(query)
                more = document.pop('headers', {}) if isinstance(document, dict) and 'records' in document else {}
                raw = json.dumps(document['records'] if more else document).encode()
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.handle_error = lambda *_: None  # the gateway hangs up when its time is up
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def recording(self, name):
        with open(os.path.join(self.fixtures, name + '.json'), encoding='utf-8') as file:
            return json.load(file)

    def play(self, *names):
        for name in names:
            taken = self.recording(name)
            key = taken['request']['method'], taken['request']['path'].split('?')[0]
            self.answers[key] = taken['response']['status'], taken['response']['body']

    def rule(self, method, pattern, status, document=None):
        self.rules.append((method, pattern, status, document))

    def find(self, method, path):
        for rule_method, pattern, status, document in self.rules:
            if rule_method == method and re.search(pattern, path):
                return status, document
        return self.answers.get((method, path), (404, {'type': 'not_found', 'message': 'no recording'}))

    def forget(self):
        self.sent.clear()
        self.queries.clear()
        self.headers.clear()
        self.rules.clear()

    def sent_body(self, pattern):
        """Of the latest write to such a path."""
        return [body for method, path, body in self.sent if method != 'GET' and re.search(pattern, path)][-1]

    def writes(self):
        return [(method, path) for method, path, _ in self.sent if method != 'GET']
