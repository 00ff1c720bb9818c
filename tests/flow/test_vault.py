#!/usr/bin/env python3
"""The master key of a gateway that runs: seen, changed while calls go on, killed in the middle; cartway vault."""
import os
import shutil
import signal
import subprocess
import sys
import time

from world import GATEWAY, PATIENCE_S, Gateway, World, run

STORES = 400  # more than one batch; none of them is ever called


def vault(gateway, *words, environment=None):
    done = subprocess.run([GATEWAY, 'vault', words[0], '--data', gateway.data, *words[1:]], capture_output=True, text=True,
                          check=False, env={**os.environ, **(environment or {})}, timeout=PATIENCE_S)
    return done.returncode, done.stdout, done.stderr


def seen(gateway):
    status, body, _ = gateway.admin('GET', '/vault')
    assert status == 200, body
    return body['data']


def rotated(gateway):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        view = seen(gateway)
        if view['state'] != 'rotating':
            return view
        time.sleep(0.02)
    raise AssertionError('still %s' % view)


def fill(world):
    for n in range(STORES):
        world.connect('x%d' % n, world.shop.port, 'sk_of_%d' % n)


def keys(gateway):
    return sorted(name for name in os.listdir(gateway.data) if name.startswith('master.key'))


def changed_while_calls_go_on():
    with World() as world:
        fill(world)
        before = seen(world.gateway)
        assert before['state'] == 'settled' and before['stores'] == STORES + 1, before
        status, body, _ = world.gateway.admin('POST', '/vault/rotate')
        assert status == 202 and body['data']['next_key_id'], body
        for _ in range(20):
            assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200
        after = rotated(world.gateway)
        assert after['state'] == 'rotated' and after['key_id'] == body['data']['next_key_id'], after
        assert after['stores'] == STORES + 1 and after['waits_for'] is None, after
        assert keys(world.gateway) == ['master.key', 'master.key.' + before['key_id']], keys(world.gateway)
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200
        assert any(line['event'] == 'vault.rotated' for line in world.gateway.lines())
        assert world.gateway.stop() == 0
        world.gateway.start()
        assert seen(world.gateway)['key_id'] == after['key_id']
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200


def killed_in_the_middle():
    with World() as world:
        fill(world)
        for pause_s in (0, 0.005, 0.02, 0.05):
            status, body, _ = world.gateway.admin('POST', '/vault/rotate')
            assert status == 202, body
            time.sleep(pause_s)
            world.gateway.stop(signal.SIGKILL)
            world.gateway.start()
            after = rotated(world.gateway)  # it goes on by itself
            assert after['key_id'] == body['data']['next_key_id'], (pause_s, after)
            assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200
        world.gateway.stop()
        code, text, _ = vault(world.gateway, 'check')
        assert code == 0 and '%d stores, %d credentials, 0 stores' % (STORES + 1, STORES + 1) in text, text
        world.gateway.start()


def two_at_once_are_refused():
    with World() as world:
        fill(world)
        answers = [world.gateway.admin('POST', '/vault/rotate')[0] for _ in range(2)]
        assert answers[0] == 202 and answers[1] in (202, 409), answers  # 202: the first was over already
        rotated(world.gateway)


def by_command_while_nothing_runs():
    with World() as world:
        code, _, text = vault(world.gateway, 'check')
        assert code == 69 and 'in use' in text, (code, text)
        key_id = seen(world.gateway)['key_id']
        world.gateway.stop()
        code, text, errors = vault(world.gateway, 'rotate')
        assert code == 0 and '1 stores sealed anew' in text, (code, text, errors)
        code, text, _ = vault(world.gateway, 'check')
        assert code == 0 and key_id not in text, text
        old = world.gateway.data + '/master.key.' + key_id
        code, _, text = vault(world.gateway, 'check', '--master-key', old)
        assert code == 78 and 'does not open this data folder' in text, (code, text)
        world.gateway.start()
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200


def key_in_the_environment():
    with World() as world:
        world.gateway.stop()
        with open(world.gateway.data + '/master.key', encoding='ascii') as file:
            environment = {'MY_KEY': file.read().strip(), 'MY_NEXT': '5a' * 32}
        os.unlink(world.gateway.data + '/master.key')
        code, _, text = vault(world.gateway, 'rotate', '--master-key', 'env:MY_KEY', environment=environment)
        assert code == 78 and '--master-key-next' in text, (code, text)
        code, text, errors = vault(world.gateway, 'rotate', '--master-key', 'env:MY_KEY', '--master-key-next', 'env:MY_NEXT',
                                   environment=environment)
        assert code == 0 and 'give env:MY_NEXT as --master-key' in text, (code, text, errors)
        world.gateway.options += ['--master-key', 'cmd:printenv MY_NEXT']
        os.environ['MY_NEXT'] = environment['MY_NEXT']
        world.gateway.start()
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200
        status, body, _ = world.gateway.admin('POST', '/vault/rotate')
        assert status == 409 and '--master-key-next' in body['detail'], body


def usage_is_told():
    gateway = Gateway()
    code, _, text = vault(gateway, 'check')
    assert code == 78 and 'no database at' in text, (code, text)
    done = subprocess.run([GATEWAY, 'vault', '--help'], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and 'rotate' in done.stdout, done
    done = subprocess.run([GATEWAY, 'vault', 'open'], capture_output=True, text=True, check=False)
    assert done.returncode == 64 and 'usage' in done.stderr, done
    shutil.rmtree(gateway.folder, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(run([changed_while_calls_go_on, killed_in_the_middle, two_at_once_are_refused, by_command_while_nothing_runs,
                  key_in_the_environment, usage_is_told]))
