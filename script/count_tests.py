#!/usr/bin/env python3
"""Counts test cases, not programs, in meson's testlog.json: prints "PASSED FAILED SKIPPED", and on stderr a line
for each case that failed, with the first thing that was said of it.

A program of cmocka counts its own cases on stderr, one that speaks TAP prints a line a case; any other
counts as one.  A program that did not end well counts at least one failure, whatever its cases say.
"""
import json
import re
import sys


def cases(test):
    text = test.get('stdout', '') + '\n' + test.get('stderr', '')

    def cmocka(word):
        return sum(int(n) for n in re.findall(r'^\[  %s *\] (\d+) test\(s\)' % word, text, re.M))

    passed, failed, skipped = cmocka('PASSED'), cmocka('FAILED'), cmocka('SKIPPED')
    if not passed + failed + skipped:
        skipped = len(re.findall(r'^ok \d+.*# SKIP', text, re.M | re.I))
        passed = len(re.findall(r'^ok \d+', text, re.M)) - skipped
        failed = len(re.findall(r'^not ok \d+', text, re.M))
    result = test['result']
    if result == 'SKIP':
        return 0, 0, max(1, skipped)
    if result not in ('OK', 'EXPECTEDFAIL'):
        return passed, max(1, failed), skipped
    return (passed, failed, skipped) if passed + failed + skipped else (1, 0, 0)


def tap_failures(text):
    """What a case prints stands before its line."""
    said = ''
    for line in text.splitlines():
        error = re.match(r'#? *(\w*Error: .+|\w*Error$)', line)
        failed = re.match(r'not ok \d+(?: - | )?(.*)', line)
        said = error.group(1) if error else said
        if failed:
            yield failed.group(1), said
        if failed or re.match(r'ok \d+', line):
            said = ''


def cmocka_failures(text):
    """One message a case that failed, in their order; the names come at the end."""
    said = re.findall(r'^(?:\[  ERROR   \] --- (?!\[ )|ERROR: )(.+)', text, re.M)
    names = re.findall(r'^\[  FAILED  \] (\D\w+)$', text, re.M)
    return [(name, said[i] if i < len(said) else '') for i, name in enumerate(names)]


def failures(test):
    """(case, what was said of it) of a program that did not end well."""
    out, err = test.get('stdout', ''), test.get('stderr', '')
    found = list(tap_failures(out)) + cmocka_failures(err)
    return found or [('ended with %s' % test.get('result', '?'), (err or out).strip()[-200:].replace('\n', ' | '))]


def main(paths):
    total = [0, 0, 0]
    for path in paths:
        with open(path, encoding='utf-8') as file:
            for test in map(json.loads, file):
                total = [a + b for a, b in zip(total, cases(test))]
                if test['result'] not in ('OK', 'EXPECTEDFAIL', 'SKIP'):
                    for name, said in failures(test):
                        print('%s: %s%s' % (test['name'], name, said and ': ' + said), file=sys.stderr)
    print(*total)
    return 0 if sum(total) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
