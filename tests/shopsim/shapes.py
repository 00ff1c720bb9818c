#!/usr/bin/env python3
"""What a JSON document looks like: its keys and the types of their values, and nothing of the data.

    shapes.py FOLDER > shapes.json     from recorded exchanges with the real shop
    import shapes                      kinds(), differences() for the tests beside it
"""
import json
import os
import sys

LETTER = {str: 's', int: 'n', float: 'n', bool: 'b', type(None): '0', dict: 'o', list: 'a'}
# Not the Admin API: the storefront's, with another key.
LEFT_OUT = ('/store/',)


def kinds(value, path='', found=None):
    """{'.orders[].id': {'s'}, ...}: the union over all rows; what metadata holds is the merchant's affair."""
    found = {} if found is None else found
    found.setdefault(path, set()).add(LETTER.get(type(value), 'n'))
    if isinstance(value, dict) and not path.endswith('metadata'):
        for key, inner in value.items():
            kinds(inner, path + '.' + key, found)
    if isinstance(value, list):
        for inner in value:
            kinds(inner, path + '[]', found)
    return found


def parents(path):
    return [path[:i] for i, c in enumerate(path) if c in '.[' and i]


def is_told(found, path):
    """False where nothing can be said of `path`: something above it was null, empty or absent."""
    return all(found.get(p, set()) - {'0'} for p in parents(path)) and not (path.endswith('[]') and path not in found)


def differences(real, ours):
    """Lines that say where `ours` has not the shape of `real`."""
    bad = []
    for path in sorted(real.keys() | ours.keys()):
        left, right = real.get(path, set()), ours.get(path, set())
        if not left and is_told(real, path) and is_told(ours, path):
            bad.append('%s: the real shop has no such key' % path)
        elif not right and is_told(ours, path) and is_told(real, path):
            bad.append('%s: not there' % path)
        elif left - {'0'} and right - {'0'} and left - {'0'} != right - {'0'}:
            bad.append('%s: %s, the real shop has %s' % (path, sorted(right), sorted(left)))
    return bad


def fold(found):
    """As nested objects, which take a third of the room: {'': 'o', 'orders': {'': 'a', '[]': ...}}."""
    root = {}
    for path, letters in found.items():
        at = root
        for part in path.replace('[]', '.[]').split('.')[1:]:
            at = at.setdefault(part, {})
        at[''] = ''.join(sorted(letters))
    return shorten(root)


def shorten(node):
    return node[''] if len(node) == 1 else {k: v if k == '' else shorten(v) for k, v in sorted(node.items())}


def unfold(node, path='', found=None):
    found = {} if found is None else found
    if isinstance(node, str):
        found[path] = set(node)
        return found
    for key, inner in node.items():
        if key == '':
            found[path] = set(inner)
        else:
            unfold(inner, path + (key if key == '[]' else '.' + key), found)
    return found


def shape(exchange):
    request, response = exchange['request'], exchange['response']
    made = {'path': request['path'], 'status': response['status'], 'key': 'authorization' in request['headers'],
            'headers': sorted(response['headers']), 'type': response['headers'].get('content-type')}
    if response['status'] == 200:
        made['kinds'] = fold(kinds(response['body']))
    else:
        made['body'] = response['body']
    return made


def main(folder):
    made = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith('.json'):
            continue
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            exchange = json.load(file)
        if exchange['request']['method'] == 'GET' and not exchange['request']['path'].startswith(LEFT_OUT):
            made[name[:-5]] = shape(exchange)
    print('{')
    print(',\n'.join('%s: %s' % (json.dumps(name), json.dumps(made[name], sort_keys=True, separators=(',', ':')))
                     for name in made))
    print('}')


if __name__ == '__main__':
    main(sys.argv[1])
