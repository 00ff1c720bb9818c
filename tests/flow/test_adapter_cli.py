"""`cartway adapter`: a new adapter from nothing to ok, its mistakes told by row, crashes survived, calls without a server."""
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import ADAPTERS, BUILD, GATEWAY, PATIENCE_S, Shop, run, sha256  # noqa: E402

SOURCE = os.path.abspath(os.environ.get('CARTWAY_SOURCE', '.'))
HEADERS = os.path.join(SOURCE, 'adapters')
MEDUSA = os.path.abspath(os.path.join(ADAPTERS, 'medusa.so'))
USAGE, REFUSED, CRASHED, EXISTS = 64, 65, 70, 73


def adapter(*arguments, cwd=None, environment=None):
    """(exit code, standard output, standard error)."""
    done = subprocess.run([os.path.abspath(GATEWAY), 'adapter', *arguments], cwd=cwd, capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False, env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def compiler():
    return os.environ.get('CC', 'cc').split()[0]


class Folder:
    """A place for adapters, with one made by `adapter new trial`."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='cartway-adapter-')
        code, out, err = adapter('new', 'trial', cwd=self.path)
        assert code == 0 and 'cartway adapter check trial.so' in out, (out, err)
        with open(os.path.join(self.path, 'trial', 'trial.c'), encoding='utf-8') as file:
            self.text = file.read()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def file(self, *names):
        return os.path.join(self.path, *names)

    def build(self, text=None, name='trial'):
        """Compiles as the user would, with every warning; the path of the module."""
        source, module = self.file(name + '.c'), self.file(name + '.so')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(self.text if text is None else text)
        subprocess.run([compiler(), '-std=c17', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-I', HEADERS,
                        '-o', module, source], check=True, timeout=PATIENCE_S)
        os.chmod(module, 0o755)
        return module

    def changed(self, old, new):
        assert self.text.count(old) == 1, old
        return self.build(self.text.replace(old, new))


def says(result, code, *texts):
    got, out, err = result
    for text in texts:
        assert text in out + err, (text, out, err)
    assert got == code, (got, out, err)


def test_usage():
    says(adapter('--help'), 0, 'check FILE.so', 'new NAME', 'call FILE.so METHOD', 'list')
    says(adapter(), USAGE, 'usage')
    says(adapter('lst'), USAGE, 'there is no subcommand "lst"')
    says(adapter('check'), USAGE, 'expected FILE.so')
    says(adapter('check', 'a.so', '--fixture', 'x'), USAGE, 'expected FILE.so')
    says(adapter('call'), USAGE, 'expected FILE.so and METHOD')
    says(adapter('new'), USAGE, 'expected NAME')
    for name in ('Trial', '../x', '', '7x', 'x' * 41):
        says(adapter('new', name), USAGE, 'expected NAME')


def test_new_is_ok_from_the_start():
    with Folder() as folder:
        module = folder.build()
        says(adapter('check', module), 0, ': ok')
        says(adapter('check', module, '--fixtures', folder.file('trial', 'fixtures')), 0, '1 fixtures', ': ok')
        says(adapter('new', 'trial', cwd=folder.path), EXISTS, 'File exists')
        says(adapter('new', 'other', '--in', folder.file('nowhere')), EXISTS, 'No such file')


OPENAPI = {
    'openapi': '3.0.0', 'info': {'title': 'Trial */ shop', 'version': '1'},
    'paths': {
        '/v1/orders': {'get': {'responses': {'200': {'content': {'application/vnd.trial+json': {'schema': {'$ref': '#/components/schemas/Page'}}}}}},
                       'post': {'responses': {}}},
        '/v1/orders/{orderId}': {'get': {'responses': {'200': {'content': {'application/json': {'schema': {
            'allOf': [{'$ref': '#/components/schemas/Order'}, {'properties': {'dateCreated': {'type': 'string'}}}]}}}}}}},
        '/v1/orders/{orderId}/refunds': {'get': {'responses': {'200': {'content': {'application/json': {'schema': {
            'type': 'array', 'items': {'properties': {'id': {'type': 'string'}, 'note': {'type': 'string'}}}}}}}}}},
        '/v1/orders/{orderId}/labels': {'get': {'responses': {}}},
        '/v1/loop': {'get': {'responses': {'200': {'$ref': '#/paths/~1v1~1loop'}}}},
    },
    'components': {'schemas': {
        'Page': {'type': 'object', 'properties': {'orders': {'type': 'array', 'items': {'$ref': '#/components/schemas/Order'}}}},
        'Order': {'type': 'object', 'properties': {'orderId': {'type': 'string'}, 'orderNumber': {'type': ['string', 'null']},
                                                   'status': {'type': 'string', 'enum': ['a']}, 'currencyCode': {'type': 'string'},
                                                   'lines': {'type': 'array'}, 'bad"name': {'type': 'string'},
                                                   'loop': {'$ref': '#/components/schemas/Order/properties/loop'}}}}}}


def test_a_draft_from_openapi():
    with Folder() as folder:
        document = folder.file('shop.json')

        def draft(text, name):
            with open(document, 'w', encoding='utf-8') as file:
                file.write(text)
            return adapter('new', name, '--from-openapi', document, cwd=folder.path)
        says(draft(json.dumps(OPENAPI), 'drafted'), 0, 'drafted is there')
        with open(folder.file('drafted', 'drafted.c'), encoding='utf-8') as file:
            text = file.read()
        for row in ('{ "order.list", "GET /v1/orders", NULL, "orders[]"', '{ "order.get", "GET /v1/orders/{id}", NULL, ""',
                    '{ "order.refund.list", "GET /v1/orders/{order_id}/refunds", NULL, "[]"', '{ "id", "orderId"', '{ "number", "orderNumber"',
                    '{ "currency", "currencyCode"', '{ "created_at", "dateCreated"', '/* order.create: "POST /v1/orders" */',
                    '/* No row yet: status lines loop. */'):
            assert row in text, (row, text)
        assert 'labels' not in text and 'bad' not in text
        module = folder.build(text, 'drafted')
        says(adapter('check', module), 0, ': ok')
        for wrong, said in (('openapi: 3.0.0', 'YAML must be converted'), ('{}', 'found no "paths"'), ('[1]', 'found no "paths"'),
                            (json.dumps({'paths': {'/x': {'get': {}}}}), 'none of the 1 paths')):
            says(draft(wrong, 'other'), EXISTS, said)
            assert not os.path.exists(folder.file('other'))
        says(adapter('new', 'other', '--from-openapi', folder.file('none.json'), cwd=folder.path), EXISTS, 'No such file')


def test_mistakes_are_told_by_row():
    mistakes = [
        ('"GET /orders"', '"GET /orders/{id"', 'endpoints row 1 (order.list): request: template'),
        ('"GET /orders"', '"FETCH /orders"', 'endpoints row 1 (order.list): request: the method'),
        ('"header:Authorization"', 'NULL', 'auth row 1 (key): =Bearer {key}: a row that writes needs a place'),
        ('CW_OPEN, 4', 'CW_OPEN, 0', 'limits row 1 (open): rule: limit open: expected amount 1'),
        ('CW_OPEN, 4', '(enum cw_limit_kind)9, 4', 'limits row 1: kind is 9'),
        ('CW_REAUTH', '(enum cw_verdict)0', 'errors row 1 (status=401): verdict: expected one'),
        ('"status=429"', '"a..b=429"', 'errors row 2 (a..b=429): when: path'),
        ('{ "page.offset", "?offset" }', '{ "page.offset", "offset" }', 'endpoints row 1 (order.list): page: its rows are query parameters'),
        ('"{site}/api"', '"{site/api"', 'base_url: template'),
        ('.base_url = "{site}/api", ', '', 'name, title, version and base_url are required'),
        ('CW_HEAD,', 'CW_HEAD, .abi = 9,', 'ABI 9, this gateway speaks 0'),
    ]
    with Folder() as folder:
        for old, new, expected in mistakes:
            pragma = '#pragma GCC diagnostic ignored "-Woverride-init"\n' if '.abi' in new else ''
            module = folder.build(pragma + folder.text.replace(old, new))
            assert old in folder.text, old
            says(adapter('check', module), REFUSED, expected)


def test_mistakes_of_reading_are_told_by_row():
    with Folder() as folder:
        fixtures = folder.file('trial', 'fixtures')
        module = folder.changed('"currency", "currency"', '"currency", "curr..ency"')
        says(adapter('check', module), 1, 'curr..ency', 'NOT ok')
        module = folder.changed('{ "currency", "currency" }', '{ "currncy", "currency" }')
        says(adapter('check', module), 1, 'currncy', 'NOT ok')
        module = folder.changed('{ "number", "number" }', '{ "number", "numbr" }')
        says(adapter('check', module, '--fixtures', fixtures), 1, 'field order.number: no fixture reaches it', 'NOT ok')
        module = folder.changed('.unseen = "not recorded yet" },\n    { "status=429"', '},\n    { "status=429"')
        says(adapter('check', module, '--fixtures', fixtures), 1, 'error status=401: no fixture reaches it')


def test_fixtures_and_goldens():
    with Folder() as folder:
        module, fixtures = folder.build(), folder.file('trial', 'fixtures')
        golden = folder.file('trial', 'fixtures', 'order_list.golden.json')
        index = folder.file('trial', 'fixtures', 'index.json')
        entry = {'file': 'order_list', 'endpoint': 'order.list', 'fields': 'number,status'}

        def check(code, *texts, **more):
            with open(index, 'w', encoding='utf-8') as file:
                json.dump([{**entry, **more}], file)
            says(adapter('check', module, '--fixtures', fixtures), code, *texts)

        def expect(data):
            with open(golden, 'w', encoding='utf-8') as file:
                json.dump({'data': data}, file)

        record = {'object': 'order', 'id': '7', 'platform': 'trial', 'number': 'A7', 'status': 'open',
                  'status_raw': {'id': 'open', 'name': None}}
        expect([record])
        check(0, '1 goldens equal', ': ok')
        expect([{**record, 'number': 'A8'}])
        check(1, 'order_list: differs from its golden')
        os.remove(golden)
        check(1, 'another verdict than expected', expect={'verdict': 'retry'})
        check(1, 'another number of problems than expected', expect={'problems': 1})
        check(1, 'no endpoint is named order.lst', endpoint='order.lst')
        check(1, 'numbr', fields='numbr')
        check(REFUSED, 'nowhere.json: cannot be read', file='nowhere')
        with open(index, 'w', encoding='utf-8') as file:
            file.write('[')
        says(adapter('check', module, '--fixtures', fixtures), REFUSED, 'index.json: line 1')
        says(adapter('check', module, '--fixtures', folder.file('no')), REFUSED, 'index.json: cannot be read')


def test_medusa_is_ok():
    with tempfile.TemporaryDirectory(prefix='cartway-adapter-') as folder:
        copy = os.path.join(folder, 'medusa.so')
        shutil.copy(MEDUSA, copy)
        os.chmod(copy, 0o755)
        code, out, err = adapter('check', copy, '--fixtures', os.path.join(SOURCE, 'adapters', 'medusa', 'fixtures'))
        assert code == 0 and out.rstrip().endswith(': ok'), (out, err)


def test_crashes_are_results():
    crash = '__attribute__((constructor)) static void crash(void) { __builtin_trap(); }\n'
    spin = '__attribute__((constructor)) static void leave(void) { extern void _exit(int); _exit(0); }\n'
    garbage = '.plans = (const struct cw_plan *)%s, .settings'
    with Folder() as folder:
        # This child crashes on purpose: what a sanitizer says of it goes where run_suite does not look.
        quiet = {name: 'log_path=' + folder.file('crash') for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS')}
        says(adapter('check', folder.build(folder.text + crash, 'crash')), CRASHED, 'crashed with signal')
        module = folder.build(folder.text.replace('.settings', garbage % '0x10'), 'low')
        says(adapter('check', module), REFUSED, 'plans: expected the address of a table, found 0x10')
        module = folder.build(folder.text.replace('.settings', garbage % '0x7000000000000000'), 'garbage')
        says(adapter('check', module, environment=quiet), CRASHED, 'crash')
        module = folder.build(folder.text.replace('const struct cw_adapter cw_adapter = {',
                                                  'const struct cw_adapter the_adapter;\n'
                                                  'CW_EXPORT const struct cw_adapter the_adapter = {'), 'nameless')
        says(adapter('check', module), REFUSED, 'the symbol cw_adapter is missing')
        says(adapter('check', folder.build(folder.text + spin, 'leave')), CRASHED, 'ended before the check did')


def test_files_are_looked_at():
    with Folder() as folder:
        module = folder.build()
        says(adapter('check', folder.file('nowhere.so')), REFUSED, 'No such file')
        says(adapter('check', folder.path), REFUSED, 'expected a regular file')
        says(adapter('check', folder.file('trial.c')), REFUSED, 'plug-in')
        os.chmod(module, 0o777)
        says(adapter('check', module), REFUSED, 'writable by others', 'chmod go-w')
        os.chmod(module, 0o755)
        os.chmod(folder.path, 0o777)
        says(adapter('check', module), REFUSED, 'writable by others')
        os.chmod(folder.path, 0o700)
        says(adapter('check', module), 0)


def plugins(folder, **members):
    os.makedirs(folder.file('plugins.d'), exist_ok=True)
    with open(folder.file('plugins.d', 'trial.json'), 'w', encoding='utf-8') as file:
        json.dump(members, file)
    return adapter('list', '--plugins', folder.file('plugins.d'))


def test_list():
    with Folder() as folder:
        module = folder.build()
        says(adapter('list', '--plugins', folder.file('plugins.d')), REFUSED, 'No such file')
        says(plugins(folder, file=module, sha256=sha256(module)), 0, 'trial 1 (trial)', sha256(module), 'order.list')
        says(plugins(folder, file='../trial.so'), 0, 'trial 1 (trial)')
        code, out, _ = plugins(folder, file=module, enabled=False)
        assert code == 0 and out == '', out
        says(plugins(folder, file=module, limits={'open': {'amount': 9}}), 0, 'trial 1')
        refusals = [
            ({}, 'expected an object with "file"'),
            ({'file': module, 'sha': 'x'}, 'there is no member "sha"'),
            ({'file': module, 'sha256': 'ab' * 32}, 'expected SHA-256 abab'),
            ({'file': module, 'limits': {'opn': {'amount': 9}}}, 'has no limit "opn"'),
            ({'file': module, 'limits': {'open': {'amount': 0}}}, 'limits.open.amount: expected'),
            ({'file': module, 'limits': {'open': {'speed': 1}}}, 'limits.open.speed: expected'),
            ({'file': folder.file('no.so')}, 'No such file'),
        ]
        for members, expected in refusals:
            says(plugins(folder, **members), REFUSED, expected)
        with open(folder.file('plugins.d', 'twice.json'), 'w', encoding='utf-8') as file:
            json.dump({'file': module}, file)
        says(plugins(folder, file=module), REFUSED, 'two adapters are named trial')
        with open(folder.file('plugins.d', 'twice.json'), 'w', encoding='utf-8') as file:
            file.write('{"file": }')
        says(plugins(folder, file=module), REFUSED, 'twice.json: line 1')
        says(adapter('list', '--plugns', 'x'), USAGE, 'plugns')


def call(shop, *arguments, key=None, environment=None):
    return adapter('call', MEDUSA, *arguments, '--set', 'site=http://127.0.0.1:%d' % shop.port,
                   environment={'CARTWAY_SET_KEY': key or shop.key, **(environment or {})})


def test_call():
    shop = Shop()
    try:
        code, out, err = call(shop, 'order.list', '--arg', 'limit=2', '--arg', 'fields=number,totals.total')
        assert code == 0, (out, err)
        orders = json.loads(out)
        assert len(orders) == 2 and orders[0]['number'] and orders[0]['totals']['total'], orders
        assert 'upstream calls 1' in err, err
        code, out, err = call(shop, 'order.get', '--arg', 'id=' + orders[0]['id'])
        assert code == 0 and json.loads(out)['number'] == orders[0]['number'], (out, err)
        code, out, err = call(shop, 'order.count')
        assert code == 0 and int(out) == shop.admin('/orders?limit=1')['count'], (out, err)
        says(call(shop, 'store.validate'), 0)
        says(call(shop, 'order.get', '--arg', 'id=nobody'), 1, 'not_found')
        says(call(shop, 'order.list', key='sk_wrong'), 1, 'store_reauth_required')
    finally:
        shop.stop()


def test_call_sets_stock():
    shop = Shop()
    try:
        item = next(i for i in shop.admin('/inventory-items?limit=50')['inventory_items'] if i.get('sku'))
        path = '/inventory-items/%s/location-levels' % item['id']
        level = shop.admin(path)['inventory_levels'][0]
        says(call(shop, 'inventory.set', '--arg', 'sku=' + item['sku'], '--arg', 'location_id=' + level['location_id'],
                  '--arg', 'quantity=123'), 0)
        after = next(l for l in shop.admin(path)['inventory_levels'] if l['location_id'] == level['location_id'])
        assert after['stocked_quantity'] == 123, after
    finally:
        shop.stop()


def may_dump():
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def test_call_leaves_no_dump():
    """Looked at while the shop has its request: the key has been read."""
    with socket.create_server(('127.0.0.1', 0)) as shop:
        shop.settimeout(PATIENCE_S)
        arguments = ['adapter', 'call', MEDUSA, 'order.list', '--set', 'site=http://127.0.0.1:%d' % shop.getsockname()[1], '--set', 'key=sk_1']
        # by default the sanitizer forbids dumps by itself
        sanitizer = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':disable_coredump=0'}
        call = subprocess.Popen([os.path.abspath(GATEWAY), *arguments], stderr=subprocess.DEVNULL, preexec_fn=may_dump, env={**os.environ, **sanitizer})
        try:
            connection = shop.accept()[0]
            with open('/proc/%d/limits' % call.pid, encoding='ascii') as limits:
                line = next(line for line in limits if line.startswith('Max core file size'))
            connection.close()
        finally:
            call.kill()
            call.wait()
    assert line.split()[4:6] == ['0', '0'], line


def test_call_refuses():
    shop = Shop()
    try:
        says(call(shop, 'order.lst'), USAGE, 'there is no method "order.lst"')
        says(call(shop, 'raw'), USAGE, 'there is no method "raw" to try')
        says(call(shop, 'order.list', '--set', 'sight=x'), REFUSED, 'has no setting "sight"')
        says(call(shop, 'order.list', '--set', 'site'), USAGE, 'expected NAME=VALUE')
        says(call(shop, 'order.list', '--with', 'a=b'), USAGE, 'expected --set or --arg')
        says(call(shop, 'order.list', '--arg', 'fields=numbr'), USAGE, 'numbr')
        says(adapter('call', MEDUSA, 'order.list', '--set', 'key=sk_1'), REFUSED, 'site')
        says(adapter('call', MEDUSA, 'order.list', '--set', 'site=ftp://x', '--set', 'key=sk_1'), REFUSED, 'site')
        says(adapter('call', os.path.join(HEADERS, 'nowhere.so'), 'order.list'), REFUSED, 'No such file')
    finally:
        shop.stop()
    says(call(shop, 'order.list'), 1, 'store_error')  # nobody is there


def test_the_guide_works():
    """Every block marked `sh` in docs/adapter-guide.md, in order, in one shell."""
    with open(os.path.join(SOURCE, 'docs', 'adapter-guide.md'), encoding='utf-8') as file:
        blocks = re.findall(r'^```sh\n(.*?)^```', file.read(), re.M | re.S)
    assert len(blocks) >= 4, blocks
    shop, folder = Shop(), tempfile.mkdtemp(prefix='cartway-guide-')
    try:
        os.makedirs(os.path.join(folder, 'bin'))
        for program in GATEWAY, os.path.join(BUILD, 'tests', 'shopsim', 'shopsim'):
            os.symlink(os.path.abspath(program), os.path.join(folder, 'bin', os.path.basename(program)))
        places = {'PATH': os.path.join(folder, 'bin') + ':' + os.environ['PATH'], 'HEADERS': HEADERS, 'MEDUSA': MEDUSA,
                  'SITE': 'http://127.0.0.1:%d' % shop.port, 'CARTWAY_SET_KEY': shop.key, 'CC': compiler()}
        done = subprocess.run(['sh', '-eu', '-c', '\n'.join(blocks)], cwd=folder, env={**os.environ, **places},
                              capture_output=True, text=True, timeout=2 * PATIENCE_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"status":429' in done.stdout.replace(' ', ''), done.stdout
        assert 'goldens equal' in done.stdout and '"object":"order"' in done.stdout, done.stdout
    finally:
        shop.stop()
        shutil.rmtree(folder)


def test_what_a_writer_needs_is_installed():
    with open(os.path.join(BUILD, 'meson-info', 'intro-installed.json'), encoding='utf-8') as file:
        places = list(json.load(file).values())
    for end in 'include/cartway/adapter.h', 'bin/cartway', 'bin/shopsim', 'share/doc/cartway/shopsim.md':
        assert any(place.endswith('/' + end) for place in places), (end, places)


if __name__ == '__main__':
    os.umask(0o022)
    sys.exit(run([test_usage, test_medusa_is_ok, test_new_is_ok_from_the_start, test_a_draft_from_openapi, test_mistakes_are_told_by_row,
                  test_mistakes_of_reading_are_told_by_row, test_fixtures_and_goldens, test_crashes_are_results,
                  test_files_are_looked_at, test_list, test_call, test_call_sets_stock, test_call_refuses, test_call_leaves_no_dump,
                  test_the_guide_works, test_what_a_writer_needs_is_installed]))
