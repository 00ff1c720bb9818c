#!/usr/bin/env python3
"""A full disk: what would have to be kept is refused with 503 disk_full, what is read goes on, nothing is lost.

The data folder stands on a small file system of its own (tmpfs in a mount namespace), which a file fills.
Where the kernel grants no such namespace the story is skipped and says so.
"""
import os
import subprocess
import sys

from world import World, run

ROOM = 4 << 20
IN_NAMESPACE = 'CARTWAY_TEST_NAMESPACE'


class SmallDisk:
    """The data folder of a stopped gateway moves to a file system with little room."""

    def __init__(self, folder):
        self.folder = folder
        self.filler = os.path.join(folder, 'filler')

    def mount(self):
        kept = self.folder + '.kept'
        os.rename(self.folder, kept)
        os.mkdir(self.folder, 0o700)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=%d,mode=700' % ROOM, 'tmpfs', self.folder], check=True)
        subprocess.run(['cp', '-a', kept + '/.', self.folder], check=True)

    def fill(self):
        with open(self.filler, 'wb', buffering=0) as file:
            for size in (65536, 4096):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def empty(self):
        os.unlink(self.filler)

    def unmount(self):
        subprocess.run(['umount', self.folder], check=True)


def store(name, world):
    return world.gateway.admin('POST', '/stores', {
        'id': name, 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % world.shop.port},
        'credentials': {'key': world.shop.key}, 'allow_private': True})


def until_refused(world):
    """The database's file has some room left inside: stores fit until it has none.  The names of those that did."""
    made = []
    for number in range(3000):
        status, body, headers = store('n%d' % number, world)
        if status != 201:
            return made, status, body, headers
        made.append('n%d' % number)
    raise AssertionError('the disk never became full')


def a_full_disk_refuses_writes_and_loses_nothing():
    with World() as world:
        world.gateway.stop()
        disk = SmallDisk(world.gateway.data)
        disk.mount()
        try:
            world.gateway.start()
            assert store('before', world)[0] == 201
            disk.fill()
            made, status, body, _ = until_refused(world)
            assert status == 503 and body['code'] == 'disk_full' and body['retryable'] is True, (status, body)

            # what is read goes on
            status, body, _ = world.get('/v1/stores/s1/orders?limit=2')
            assert status == 200 and len(body['data']) == 2, body
            assert world.gateway.admin('GET', '/stores/before')[0] == 200
            assert world.gateway.admin('GET', '/stores/n%d' % len(made))[0] == 404

            # with room again, writes go on in the same process
            disk.empty()
            assert store('after', world)[0] == 201

            # what was acknowledged is there after a kill, what was refused is not
            world.gateway.stop(how=9)
            world.gateway.start()
            for name in ['s1', 'before', 'after'] + made:
                assert world.gateway.admin('GET', '/stores/' + name)[0] == 200, name
            assert world.gateway.admin('GET', '/stores/n%d' % len(made))[0] == 404
        finally:
            world.gateway.stop()
            disk.unmount()


def a_start_on_a_full_disk_says_so():
    with World() as world:
        world.gateway.stop()
        disk = SmallDisk(world.gateway.data)
        disk.mount()
        try:
            disk.fill()
            code, text = world.gateway.try_serve()
            assert code != 0 and 'full' in text, (code, text)
            disk.empty()
            world.gateway.start()
            assert world.get('/v1/stores/s1/orders?limit=2')[0] == 200
        finally:
            world.gateway.stop()
            disk.unmount()


def enter_namespace():
    """This program again, where it may mount; root needs no user namespace for it.

    In a chroot the root is no mount of its own, so its propagation cannot be changed: there it stays as it is.
    """
    as_root = [['unshare', '--mount'], ['unshare', '--mount', '--propagation', 'unchanged']]
    ways = (as_root if os.getuid() == 0 else []) + [['unshare', '--user', '--map-root-user', '--mount']]
    trial = ['sh', '-c', 'mount -t tmpfs tmpfs /mnt && umount /mnt']
    for way in ways:
        if subprocess.run(way + trial, capture_output=True, check=False).returncode == 0:
            os.execvpe(way[0], way + [sys.executable] + sys.argv, {**os.environ, IN_NAMESPACE: '1'})
    print('1..0 # SKIP no mount namespace to be had here')


if __name__ == '__main__':
    if IN_NAMESPACE not in os.environ:
        enter_namespace()
        sys.exit(0)
    sys.exit(run([a_full_disk_refuses_writes_and_loses_nothing, a_start_on_a_full_disk_says_so]))
