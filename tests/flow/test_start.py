#!/usr/bin/env python3
"""Starts that must be refused, each with a sentence that says what to do; and an orderly end."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from world import ADAPTERS, GATEWAY, Gateway, run, sha256

CC = os.environ.get('CC', 'cc')
SOURCE = os.environ.get('CARTWAY_SOURCE', '.')


def fresh(**more):
    gateway = Gateway(**more)
    gateway.init()
    return gateway


def refused(gateway, *words):
    code, text = gateway.try_serve()
    assert code != 0, text
    for word in words:
        assert word in text, (word, text)
    shutil.rmtree(gateway.folder, ignore_errors=True)


def no_data_folder():
    refused(Gateway(), 'data folder', 'cartway init')


def no_key_file():
    gateway = fresh()
    os.unlink(gateway.data + '/master.key')
    refused(gateway, 'master key')


def key_file_readable_by_others():
    gateway = fresh()
    os.chmod(gateway.data + '/master.key', 0o644)
    refused(gateway, 'master.key', 'chmod 600')


def wrong_key_for_the_data():
    gateway, other = fresh(), fresh()
    shutil.copy(other.data + '/master.key', gateway.data + '/master.key')
    os.chmod(gateway.data + '/master.key', 0o600)
    shutil.rmtree(other.folder)
    refused(gateway, 'does not open')


def spoilt_key_file():
    gateway = fresh()
    with open(gateway.data + '/master.key', 'w', encoding='utf-8') as file:
        file.write('too short\n')
    refused(gateway, 'master.key')


def port_in_use():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        refused(fresh(options=['--listen', '127.0.0.1:%d' % taken.getsockname()[1]]), 'in use')


def data_folder_in_use():
    gateway = fresh()
    gateway.start()
    code, text = gateway.try_serve()
    gateway.stop()
    shutil.rmtree(gateway.folder)
    assert code != 0 and 'in use' in text, text


def bad_options():
    refused(fresh(options=['--max-body', 'lots']), 'max-body', 'lots')
    refused(fresh(options=['--colour', 'red']), '--colour')
    refused(fresh(options=['--log-level', 'loud']), 'loud')
    refused(fresh(options=['--listen', 'nonsense']), 'nonsense')


def options_come_from_file_environment_and_flags():
    gateway = fresh()
    path = gateway.folder + '/config.json'
    with open(path, 'w', encoding='utf-8') as file:
        json.dump({'page-max': 'x'}, file)
    gateway.options = ['--config', path]
    code, text = gateway.try_serve()
    assert code != 0 and 'page-max' in text, text
    with open(path, 'w', encoding='utf-8') as file:
        file.write('{"page-max": 10,\n "nope": 1}')
    refused(gateway, 'nope')


def the_documents_hold_the_tables():
    printed = subprocess.run([GATEWAY, 'options'], capture_output=True, text=True, check=True).stdout
    with open(SOURCE + '/docs/options.md', encoding='utf-8') as file:
        assert file.read().endswith(printed), 'docs/options.md: run cartway options again'
    with open(SOURCE + '/core/base/err.h', encoding='utf-8') as file:
        codes = re.findall(r'X\(\w+, "(\w+)", (\d+), (true|false), "([^"]+)"\)', file.read())
    with open(SOURCE + '/docs/api.md', encoding='utf-8') as file:
        text = file.read()
    assert len(codes) > 20
    for code, status, retryable, title in codes:
        assert '| `%s` | %s | %s | %s |' % (code, status, 'yes' if retryable == 'true' else 'no', title) in text, code


def plugin(gateway, change):
    entry = gateway.plugins + '/medusa.json'
    with open(entry, encoding='utf-8') as file:
        value = json.load(file)
    change(value)
    with open(entry, 'w', encoding='utf-8') as file:
        json.dump(value, file)


def build(text):
    folder = tempfile.mkdtemp(prefix='cartway-plugin-')
    with open(folder + '/bad.c', 'w', encoding='utf-8') as file:
        file.write('#include "adapter.h"\n' + text)
    subprocess.run([CC, '-std=c17', '-shared', '-fPIC', '-I', SOURCE + '/adapters', '-o', folder + '/bad.so', folder + '/bad.c'], check=True)
    return folder, folder + '/bad.so'


def with_plugin(text, *words):
    folder, file = build(text)
    gateway = fresh(plugins=())
    with open(gateway.plugins + '/bad.json', 'w', encoding='utf-8') as entry:
        json.dump({'file': file, 'sha256': sha256(file)}, entry)
    refused(gateway, 'bad.so', *words)
    done = subprocess.run([GATEWAY, 'adapter', 'check', file], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and words[0] in done.stdout + done.stderr, done
    shutil.rmtree(folder)


ADAPTER = 'CW_EXPORT const struct cw_adapter cw_adapter = { CW_HEAD, .name = "bad", .title = "Bad", .version = "1", .base_url = "{site}"%s };\n'


def plugin_with_wrong_abi():
    with_plugin('CW_EXPORT const struct cw_adapter cw_adapter = { .abi = 99, .size = sizeof(struct cw_adapter), .name = "bad" };\n',
                'ABI 99')


def plugin_without_the_symbol():
    with_plugin('CW_EXPORT const int something_else = 1;\n', 'cw_adapter')


def plugin_with_bad_tables():
    rows = ('static const struct cw_endpoint e[] = { { "order.list", "FETCH /x" }, { 0 } };\n', '.endpoints = e', 'method'), \
           ('static const struct cw_endpoint e[] = { { "order.list", "GET /{id" }, { 0 } };\n', '.endpoints = e', "'{' without '}'"), \
           ('static const struct cw_endpoint e[] = { { "order.list", "GET /{@nope.id}" }, { 0 } };\n', '.endpoints = e', 'nope'), \
           ('static const struct cw_limit l[] = { { "r", CW_BUCKET, 0, 1000 }, { 0 } };\n', '.limits = l', 'amount'), \
           ('static const struct cw_limit l[] = { { "r", (enum cw_limit_kind)99, 1, 1000 }, { 0 } };\n', '.limits = l', 'kind is 99'), \
           ('static const struct cw_plan p[] = { { "order.list", CW_LOOKUP, "x", "_none" }, { 0 } };\n', '.plans = p', 'no endpoint')
    for text, member, word in rows:
        with_plugin(text + ADAPTER % (', ' + member), word)


def plugin_with_loose_permissions():
    gateway = fresh()
    os.chmod(gateway.folder + '/medusa.so', 0o777)
    refused(gateway, 'writable by others', 'chmod')


def plugin_with_another_hash():
    gateway = fresh()
    plugin(gateway, lambda value: value.update(sha256='0' * 64))
    refused(gateway, 'SHA-256')


def plugin_that_is_not_there():
    gateway = fresh()
    plugin(gateway, lambda value: value.update(file='/nowhere/medusa.so'))
    refused(gateway, '/nowhere/medusa.so')


def plugin_limits_can_be_overridden():
    gateway = fresh()
    plugin(gateway, lambda value: value.update(limits={'nope': {'amount': 1}}))
    refused(gateway, 'nope')


def plugin_status_feed_is_checked():
    """An adapter without one has none to look at; test_outage.py has the others."""
    gateway = fresh()
    plugin(gateway, lambda value: value.update(status_feed=False))
    refused(gateway, 'status_feed: adapter medusa has none')


def ends_in_an_orderly_way():
    gateway = fresh()
    gateway.start()
    assert gateway.stop() == 0
    assert gateway.lines()[-1]['event'] == 'stopped'
    shutil.rmtree(gateway.folder)


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, '__module__', '') == '__main__'
         and name not in ('fresh', 'refused', 'plugin', 'build', 'with_plugin')]

if __name__ == '__main__':
    assert ADAPTERS
    sys.exit(run(TESTS))
