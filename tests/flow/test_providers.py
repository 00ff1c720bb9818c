#!/usr/bin/env python3
"""Sheets of platforms against the authorization server of theirs: a token is obtained, used, and obtained anew.

A sheet of tests/contract is built into a module whose hosts are shopsim's (--auth PROVIDER), without its webhooks, which are
not served yet.  Each world asks for few tokens, for the platforms' limits on that are kept.
"""
import json
import os
import re
import subprocess
import sys
import threading

from world import ALL_SCOPES, Gateway, Shop, request, run, sha256

SOURCE = os.environ.get('CARTWAY_SOURCE', '.')
SECRET = 'a secret of the app'


class Provider:
    def __init__(self, name, secret=SECRET, names=('client_id', 'client_secret')):
        self.shop = Shop('--auth', name, '--client', 'SWIAAPP:' + SECRET)
        self.site = 'http://127.0.0.1:%d' % self.shop.port
        self.gateway = Gateway(plugins=())
        self.build(name)
        self.gateway.init()
        self.gateway.start()
        settings = {names[0]: 'SWIAAPP', **({'site': self.site} if name == 'shopware' else {})}
        status, body, _ = self.gateway.admin('POST', '/stores', {
            'id': 's1', 'platform': name, 'settings': settings, 'credentials': {names[1]: secret}, 'allow_private': True})
        assert status == 201, body
        self.key = self.gateway.admin('POST', '/apps', {'name': 'flow', 'scopes': ALL_SCOPES, 'stores': ['*']})[1]['data']['key']

    def build(self, name):
        with open(os.path.join(SOURCE, 'tests', 'contract', 'sheets', name + '.c'), encoding='utf-8') as file:
            text = re.sub(r'https://[a-z0-9.-]+(?=[/"])', self.site, file.read()).replace(', .webhook = webhook', '')
        source, module = (os.path.join(self.gateway.folder, name + end) for end in ('.c', '.so'))
        with open(source, 'w', encoding='utf-8') as file:
            file.write(text)
        subprocess.run([os.environ.get('CC', 'cc').split()[0], '-w', '-shared', '-fPIC', '-I', os.path.join(SOURCE, 'adapters'),
                        '-o', module, source], check=True)
        os.chmod(module, 0o755)
        with open(os.path.join(self.gateway.plugins, name + '.json'), 'w', encoding='utf-8') as entry:
            json.dump({'file': module, 'sha256': sha256(module)}, entry)

    def orders(self):
        return request(self.gateway.port, 'GET', '/v1/stores/s1/orders', None, {'Authorization': 'Bearer ' + self.key})[:2]

    def at_once(self, n):
        found = []
        threads = [threading.Thread(target=lambda: found.append(self.orders()[0])) for _ in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def counts(self):
        counts = self.shop.desk('GET', 'auth')
        return counts['obtained'], counts['refused']

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.gateway.stop()
        self.shop.stop()
        assert code == 0, code


def one_token_for_all(name):
    with Provider(name) as provider:
        assert provider.at_once(8) == [200] * 8
        assert provider.counts() == (1, {}), provider.counts()
        provider.shop.desk('POST', 'auth/happen', {'event': 'expire'})
        status, body = provider.orders()
        assert (status, body['data']) == (200, []), body
        assert provider.counts() == (2, {'TOKEN_EXPIRED': 1}), provider.counts()
        provider.shop.desk('POST', 'auth/happen', {'event': 'revoke'})
        assert provider.orders()[0] == 200
        assert provider.counts() == (3, {'TOKEN_EXPIRED': 1, 'TOKEN_REVOKED': 1}), provider.counts()


def an_answer_is_lost(name):
    with Provider(name) as provider:
        provider.shop.desk('POST', 'auth/faults', {'rules': [{'fault': 'lost_after', 'on': 'obtain', 'times': 1}]})
        assert provider.orders()[0] == 200
        assert provider.counts() == (2, {}), provider.counts()


def a_wrong_secret(name):
    with Provider(name, 'wrong') as provider:
        for _ in range(2):
            status, body = provider.orders()
            assert (status, body['code']) == (424, 'store_reauth_required'), body
        assert provider.counts() == (0, {'WRONG_CLIENT': 1}), provider.counts()  # it is not tried again


def each_call_is_signed():
    names = 'client_key', 'secret_key'
    with Provider('kaufland', names=names) as provider:
        status, body = provider.orders()
        assert (status, body['data']) == (200, []), body
    with Provider('kaufland', 'wrong', names) as provider:
        status, body = provider.orders()
        assert (status, body['code']) == (424, 'store_reauth_required'), body


def told_of(name, story):
    def test():
        story(name)
    test.__name__ = '%s_%s' % (name, story.__name__)
    return test


if __name__ == '__main__':
    sys.exit(run([each_call_is_signed] + [told_of(name, story) for name in ('bol', 'shopware', 'walmart')
                  for story in (one_token_for_all, an_answer_is_lost, a_wrong_secret)]))
