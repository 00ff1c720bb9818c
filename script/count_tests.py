#!/usr/bin/env python3
"""Counts test cases, not programs, in meson's testlog.json: prints "PASSED FAILED SKIPPED".

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


def main(paths):
    total = [0, 0, 0]
    for path in paths:
        with open(path, encoding='utf-8') as file:
            for line in file:
                total = [a + b for a, b in zip(total, cases(json.loads(line)))]
    print(*total)
    return 0 if sum(total) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
