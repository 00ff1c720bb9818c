#!/usr/bin/env python3
"""The rules of the house, as a test: prints TAP, one point a rule and one a proof that the rule can fail.

    check.py SOURCE BUILD

A rule is a function from (path, text) to complaints, with a sample that it must refuse and one that it
must let pass; so a rule that has gone blind fails its proof.  The rule on state looks into the built
libraries instead: a variable that changes and outlives its function has a symbol in .data or .bss.

Where a rule has exceptions they stand in its table, each with the reason.
"""
import os
import re
import subprocess
import sys

# ---- what a file is ---------------------------------------------------------------------------------

CODE = ('.c', '.h', '.cc')
PRODUCT = ('core/', 'oauth/', 'api/', 'adapters/')


def is_code(path):
    return path.endswith(CODE)


def is_product(path):
    return is_code(path) and path.startswith(PRODUCT)


def without_comments(text):
    """Comments and the insides of string literals become spaces; lines stay where they are."""
    def blank(match):
        found = match.group(0)
        if found[0] in '"\'':
            return found[0] + ' ' * (len(found) - 2) + found[0]
        return re.sub(r'[^\n]', ' ', found)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def line_of(text, at):
    return text.count('\n', 0, at) + 1


def includes(text):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', text, re.M):
        yield line_of(text, match.start()), match.group(1) == '"', match.group(2)


def find(pattern, text, message):
    return [(line_of(text, m.start()), message % m.group(m.lastindex or 0)) for m in re.finditer(pattern, text, re.M)]


# ---- layers -----------------------------------------------------------------------------------------

# The rooms of core from the ground up: a file includes of its own room and of those before it.
CORE = ('core/base/', 'core/seam.h', 'core/tokens.h', 'core/value/', 'core/json/', 'core/crypt/', 'core/log/', 'core/db/',
        'core/loop/', 'core/gauge/', 'core/governor/', 'core/http/', 'core/ledger/', 'core/map/', 'core/view/', 'core/services.h',
        'core/platform/', 'core/store/', 'core/request/', 'core/answer/', 'core/seen/', 'core/exchange/', 'core/write/', 'core/call/',
        'core/shard.', 'core/fixture/')
# Longest prefix first: what a file there may include of ours.
MAY_INCLUDE = [(room, CORE[:at + 1] + (('adapters/adapter.h',) if at >= CORE.index('core/map/') else ())) for at, room in enumerate(CORE)] + [
    ('core/', ()),  # a room that has no place yet
    ('oauth/', ('oauth/', 'core/', 'adapters/adapter.h')),
    ('api/', ('api/', 'oauth/', 'core/', 'adapters/adapter.h')),
    ('adapters/adapter.h', ()),
    ('adapters/', ('adapter.h',)),
    # A referee shares no code with what it judges.
    ('tests/authsim/', ('tests/authsim/', 'tests/shopsim/')),
    ('tests/shopsim/', ('tests/authsim/authsim.h', 'tests/shopsim/')),
]


def layers(path, text):
    for prefix, allowed in MAY_INCLUDE:
        if path.startswith(prefix):
            return [(line, '%s may not include "%s"' % (prefix, name))
                    for line, ours, name in includes(text) if ours and not name.startswith(allowed or ('\0',))]
    return []


# An adapter is data and pure hooks: headers with I/O, time, threads or a locale are not for it.
PURE_HEADERS = {'ctype.h', 'inttypes.h', 'limits.h', 'stdbool.h', 'stddef.h', 'stdint.h', 'string.h'}


def adapters_see_adapter_h(path, text):
    if not (path.startswith('adapters/') and is_code(path)):
        return []
    return [(line, '<%s> is not for an adapter' % name)
            for line, ours, name in includes(text) if not ours and name not in PURE_HEADERS]


# ---- one library, one file --------------------------------------------------------------------------

ONE_FILE = [
    ('curl/', ('core/http/http.c',)),
    ('microhttpd.h', ('api/door/server.c',)),
    ('sqlite3.h', ('core/db/db_sqlite.c',)),
    ('libpq-fe.h', ('core/db/db_postgres.c',)),
    ('dlfcn.h', ('core/platform/registry.c',)),
    ('openssl/', ('core/crypt/crypt.c',)),
    ('phonenumbers/', ('core/value/phone_lib.cc',)),
]
# jansson holds small documents that we change, never a shop's answer.
NO_JANSSON = ('core/base/', 'core/value/', 'core/json/', 'core/map/', 'core/view/', 'core/gauge/', 'core/governor/')


def one_library_one_file(path, text):
    if not is_product(path):
        return []
    bad = []
    for line, _, name in includes(text):
        for header, files in ONE_FILE:
            if name.startswith(header) and path not in files:
                bad.append((line, '<%s> belongs to %s' % (name, ', '.join(files))))
        if name == 'jansson.h' and path.startswith(NO_JANSSON):
            bad.append((line, 'jansson is not for this room'))
    return bad


# ---- shape ------------------------------------------------------------------------------------------

LONGEST = 90
# (path, function): why it is one piece.
LONG_FUNCTIONS = {}


def short_functions(path, text):
    if not is_code(path) or path.endswith('.h'):
        return []
    bad, start, head = [], None, ''
    for number, line in enumerate(text.split('\n'), 1):
        if line == '{':
            start = number
        elif line.startswith('}') and start:
            name = (re.findall(r'(\w+)\s*\(', head) or ['?'])[0]
            lines = number - start + 1
            if lines > LONGEST and (path, name) not in LONG_FUNCTIONS:
                bad.append((start, '%s has %d lines, %d is the longest' % (name, lines, LONGEST)))
            start, head = None, ''
        elif start is None and line and not line[0].isspace() and '(' in line:
            head = line
    return bad


# cw_ belongs to the adapter contract, which is installed and compiled outside this house.
OTHER_GUARDS = {'adapters/adapter.h': 'CW_ADAPTER_H'}


def headers_are_guarded(path, text):
    if not path.endswith('.h'):
        return []
    guard = re.search(r'^#ifndef (\w+)\n#define (\w+)$', text, re.M)
    if not guard or guard.group(1) != guard.group(2) or \
            not re.fullmatch(OTHER_GUARDS.get(path, r'CARTWAY_\w+_H'), guard.group(1)):
        return [(1, 'no include guard CARTWAY_..._H')]
    return []


def files_tell_their_story(path, text):
    if not is_code(path):
        return []
    story = re.match(r'/\*.*?\*/', text, re.S)
    least = 30 if path.startswith('tests/') else 60
    if not story or len(story.group(0)) < least:
        return [(1, 'does not begin with a comment that says what it is for')]
    return []


BANNED = {
    'alloca': 'the stack has no ceiling', 'asctime': 'a shared buffer', 'atof': 'no errors', 'atoi': 'no errors',
    'atol': 'no errors', 'ctime': 'a shared buffer', 'gets': 'no length', 'gmtime': 'a shared buffer',
    'localtime': 'a shared buffer', 'popen': 'a shell', 'rand': 'randomness comes in as a parameter',
    'sprintf': 'no length', 'srand': 'randomness comes in as a parameter', 'strcat': 'no length',
    'strcpy': 'no length', 'strtok': 'a shared buffer', 'system': 'a shell', 'vsprintf': 'no length',
}


def banned_calls(path, text):
    if not is_code(path):
        return []
    code = without_comments(text)
    return [(line_of(code, m.start()), '%s(): %s' % (m.group(1), BANNED[m.group(1)]))
            for m in re.finditer(r'(?<![\w.>])(%s)\s*\(' % '|'.join(BANNED), code)]


def tests_do_not_sleep(path, text):
    if not path.startswith('tests/unit/'):
        return []
    return find(r'\b((?:u|nano)?sleep)\s*\(', without_comments(text), '%s() in a unit test')


def no_struct_typedefs(path, text):
    if not is_code(path):
        return []
    return find(r'^\s*typedef\s+(struct|union|enum)\b', without_comments(text), 'typedef of a %s')


def nothing_left_for_later(path, text):
    return find(r'\b(TO' r'DO|FIX' r'ME)\b', text, '%s') if not path.endswith('check.py') else []


def no_machine_paths(path, text):
    return find(r'(?<![\w.$}/-])(/(?:work|home|Users|root)/\w[\w./-]*)', text, 'a path of one machine: %s')


# `serve` with its options, in a shell's words or a list of Python's.
SERVE = re.compile(r'''\bserve['"]?,? ['"]?--data.{,400}''', re.S)
NO_FEEDS = re.compile(r'''--status-feeds['"]?,? ['"]?0''')


def gateways_look_at_no_status_page(path, text):
    if not path.startswith(('script/', 'tests/')) or path.endswith('check.py'):
        return []
    return [(line_of(text, m.start()), 'cartway serve without --status-feeds 0: it may ask a public page')
            for m in SERVE.finditer(text) if not NO_FEEDS.search(m.group(0))]


# The tree's files, filled by main before the rules run over it: what a document may point to.
class Tree:
    paths = {'docs/there.md'}


def links_lead_somewhere(path, text):
    if not path.endswith('.md'):
        return []
    bad = []
    for match in re.finditer(r'\]\(([^)#\s]+)[^)]*\)', re.sub(r'^    .*$', '', text, flags=re.M)):
        target = os.path.normpath(os.path.join(os.path.dirname(path), match.group(1)))
        if '://' not in match.group(1) and target not in Tree.paths and not any(p.startswith(target + '/') for p in Tree.paths):
            bad.append((line_of(text, text.find(match.group(0))), 'no file %s' % match.group(1)))
    for match in re.finditer(r'`((?:api|oauth|core|adapters|tests|script|docs)/[\w./-]*\w)`', text):
        named = match.group(1)
        if 'NAME' not in named and named not in Tree.paths and not any(p.startswith(named + '/') for p in Tree.paths):
            bad.append((line_of(text, match.start()), 'no file %s' % named))
    return bad


# rule, a sample that it must refuse (path, text), one that it must let pass
STORY = '/* a.c - what it is for, how it works in five lines and an example with numbers, so that a reader starts here. */\n'
RULES = [
    (layers, ('core/call/call.c', '#include "api/router.h"\n'), ('oauth/vault.c', '#include "core/db/db.h"\n')),
    (layers, ('core/store/store.c', '#include "core/exchange/exchange.h"\n'),
     ('core/exchange/exchange.c', '#include "core/store/store.h"\n')),
    (layers, ('core/new/new.c', '#include "core/base/buf.h"\n'), ('core/shard.c', '#include "core/call/call.h"\n')),
    (layers, ('core/base/buf.c', '#include "core/seam.h"\n'), ('core/base/buf.c', '#include "core/base/buf.h"\n')),
    (layers, ('tests/shopsim/shop.c', '#include "core/base/buf.h"\n'), ('tests/unit/test_buf.c', '#include "core/base/buf.h"\n')),
    (layers, ('adapters/medusa/medusa.c', '#include "core/base/buf.h"\n'), ('adapters/medusa/medusa.c', '#include "adapter.h"\n')),
    (adapters_see_adapter_h, ('adapters/medusa/medusa.c', '#include <stdio.h>\n'), ('adapters/medusa/medusa.c', '#include <string.h>\n')),
    (one_library_one_file, ('core/call/call.c', '#include <curl/curl.h>\n'), ('core/http/http.c', '#include <curl/curl.h>\n')),
    (one_library_one_file, ('api/orders.c', '#include <sqlite3.h>\n'), ('api/orders.c', '#include <jansson.h>\n')),
    (one_library_one_file, ('core/map/read.c', '#include <jansson.h>\n'), ('core/crypt/secret.c', '#include <string.h>\n')),
    (short_functions, ('core/a.c', 'int a(void)\n{\n' + '    b();\n' * LONGEST + '}\n'), ('core/a.c', 'int a(void)\n{\n    b();\n}\n')),
    (headers_are_guarded, ('core/a.h', '/* a */\n#ifndef A_H\n#define A_H\n#endif\n'),
     ('core/a.h', '/* a */\n#ifndef CARTWAY_A_H\n#define CARTWAY_A_H\n#endif\n')),
    (files_tell_their_story, ('core/a.c', '#include <a.h>\n'), ('core/a.c', STORY)),
    (banned_calls, ('core/a.c', 'x = atoi(text);\n'), ('core/a.c', '/* no atoi() */ x = my_atoi(t); puts("atoi(");\n')),
    (tests_do_not_sleep, ('tests/unit/test_a.c', 'usleep(5);\n'), ('tests/flow/test_a.c', 'usleep(5);\n')),
    (no_struct_typedefs, ('core/a.h', 'typedef struct a a;\n'), ('core/a.h', 'typedef int (*verb)(struct a *a);\n')),
    (nothing_left_for_later, ('core/a.c', '/* TO' 'DO: more */\n'), ('core/a.c', '/* all done */\n')),
    (links_lead_somewhere, ('docs/a.md', 'see [it](not-there.md)\n'), ('docs/a.md', '[it](there.md#x), [web](https://a.example)\n')),
    (links_lead_somewhere, ('README.md', 'then `core/not_there.c` does it\n'), ('README.md', 'see `docs/there.md`, `adapters/NAME/NAME.c`\n')),
    (gateways_look_at_no_status_page, ('script/a', "[binary, 'serve', '--data', data, '--listen', at]"),
     ('script/a', 'gateway serve --data "$data" --status-feeds 0 --listen')),
    (no_machine_paths, ('script/run', 'cd %s\n' % '/'.join(['', 'work', 'a'])),
     ('script/run', 'cd "$top/%s" && ls ./%s\n' % ('/'.join(['work', 'a']), '/'.join(['home', 'x'])))),
]

# ---- state ------------------------------------------------------------------------------------------

# (symbol, static locals without their number): why it may change and outlive its function.
MAY_CHANGE = {}
# The compilers' own: sanitizers' descriptors, coverage counters, the C++ guard of a static, what <iostream> (which
# libphonenumber's header includes) starts, the pointer to C++'s unwinder.
COMPILERS_OWN = re.compile(r'^(\.L|__unnamed_|__asan|__odr_asan|__ubsan|__sanc|__sanitizer|__gcov|__start___sanc|_ZGV|'
                           r'_ZStL8__ioinit|DW\.ref\.__gxx_personality|\.data|\.bss|\$)')


def changing_symbols(objdump_text):
    """From `objdump -t`: symbols in writable sections that are not made read-only after relocation."""
    found = []
    for line in objdump_text.split('\n'):
        match = re.match(r'^[0-9a-f]+ .{7} (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(.+)$', line)
        if not match:
            continue
        section, size, name = match.groups()
        writable = re.match(r'^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)', section) and not section.startswith('.data.rel.ro')
        if writable and int(size, 16) and not COMPILERS_OWN.match(name) and re.sub(r'\.\d+$', '', name) not in MAY_CHANGE:
            found.append('%s in %s' % (name, section))
    return found


STATE_BAD = '0000000000000000 l     O .bss\t0000000000000004 counter.0\n'
STATE_GOOD = ('0000000000000000 l     O .data.rel.ro.local\t0000000000000010 rows\n'
              '0000000000000000 l    d  .bss\t0000000000000000 .bss\n'
              '0000000000000000 g     F .text\t0000000000000007 .hidden err_code\n')


def libraries(build):
    for room in ('core', 'oauth', 'api'):
        path = os.path.join(build, room, 'libcartway_%s.a' % room)
        if os.path.exists(path):
            yield path


def state_of(build):
    bad = []
    for path in libraries(build):
        text = subprocess.run(['objdump', '-t', path], check=True, capture_output=True, text=True).stdout
        bad += ['%s: %s' % (os.path.basename(path), symbol) for symbol in changing_symbols(text)]
    return bad


# ---- adapters stay tables -----------------------------------------------------------------------------

MEDIAN_LINES, MOST_HOOKS = 250, 3
ADAPTER_TABLES = re.compile(r'^(adapters/(\w+)/\2|tests/contract/sheets/\w+)\.c$')


def hooks_of(text):
    """Rows of the table of hooks, without the one that ends it."""
    table = re.search(r'\bstruct cw_hook \w+\[\] = \{(.*?)\};', without_comments(text), re.S)
    return max(len(re.findall(r'\{', table.group(1))) - 1, 0) if table else 0


def adapters_stay_tables(files):
    """files: (path, text).  An adapter describes: half of them in MEDIAN_LINES, each with MOST_HOOKS at most."""
    tables = [(path, text) for path, text in files if ADAPTER_TABLES.match(path)]
    lengths = sorted(text.count('\n') for _, text in tables)
    bad = ['%s: %d hooks, %d are the most' % (path, hooks_of(text), MOST_HOOKS) for path, text in tables if hooks_of(text) > MOST_HOOKS]
    if lengths and lengths[len(lengths) // 2] > MEDIAN_LINES:
        bad.append('the median of %d adapters is %d lines, %d is the most' % (len(lengths), lengths[len(lengths) // 2], MEDIAN_LINES))
    return bad


SHORT = ('adapters/a/a.c', 'static const struct cw_hook hooks[] = { { "*", "id" }, { 0 } };\n' * 2)
TABLES_GOOD = [SHORT, ('tests/contract/sheets/b.c', '\n' * 100), ('adapters/c/c.c', '\n' * 900)]
TABLES_BAD = ([SHORT, ('adapters/b/b.c', '\n' * 251), ('adapters/c/c.c', '\n' * 900)],
              [('adapters/a/a.c', 'static const struct cw_hook h[] = { { "1" }, { "2" }, { "3" }, { "4" }, { 0 } };\n')])


# ---- the test ---------------------------------------------------------------------------------------

ROOMS = ('core', 'oauth', 'api', 'adapters', 'tests', 'script', 'docs', '.ci')
TEXT = CODE + ('.md', '.build', '.py', '.sh', '.mjs', '.js', '.txt')


def tree(source):
    for room in ROOMS:
        for folder, folders, names in os.walk(os.path.join(source, room)):
            folders[:] = sorted(f for f in folders if f not in ('corpus', 'fixtures', 'node_modules', '__pycache__'))
            for name in sorted(names):
                path = os.path.join(folder, name)
                if name.endswith(TEXT) or '.' not in name:
                    yield os.path.relpath(path, source), open(path, encoding='utf-8', errors='replace').read()
    for name in sorted(os.listdir(source)):
        path = os.path.join(source, name)
        if os.path.isfile(path) and (name.endswith(TEXT) or name in ('Dockerfile', 'LICENSE')):
            yield name, open(path, encoding='utf-8', errors='replace').read()


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def point(self, good, name, notes=()):
        self.count += 1
        self.failed += not good
        print('%s %d - %s' % ('ok' if good else 'not ok', self.count, name))
        for note in notes:
            print('# ' + note)


def main(source, build):
    tap = Tap()
    for rule, bad, good in RULES:
        tap.point(rule(*bad) and not rule(*good), '%s can fail (%s)' % (rule.__name__, bad[0]))
    tap.point(changing_symbols(STATE_BAD) and not changing_symbols(STATE_GOOD), 'no_changing_state can fail')
    tap.point(all(adapters_stay_tables(bad) for bad in TABLES_BAD) and not adapters_stay_tables(TABLES_GOOD),
              'adapters_stay_tables can fail')
    files = list(tree(source))
    Tree.paths = {path for path, _ in files}
    tap.point(any(path == 'core/seam.h' for path, _ in files), 'the tree was read (%d files)' % len(files))
    for rule in dict.fromkeys(rule for rule, _, _ in RULES):
        bad = ['%s:%d: %s' % (path, line, what) for path, text in files for line, what in rule(path, text)]
        tap.point(not bad, rule.__name__, bad)
    bad = adapters_stay_tables(files)
    tap.point(not bad, 'adapters_stay_tables', bad)
    bad = state_of(build)
    tap.point(not bad and any(libraries(build)), 'no_changing_state', bad)
    print('1..%d' % tap.count)
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2]))
