#!/usr/bin/env python3
"""The short form of script/soak: 40 stores, a quarter of a minute; and that it notices."""
import sys

import soak
import world as flow


def nothing_is_provoked_and_nobody_starves():
    faults = soak.soak(40, 0.25, 60, 7, lambda text: print('# ' + text, flush=True))
    assert not faults, faults[:5]


def a_shop_with_a_stranger_is_noticed():
    """Somebody else spends what we count on: the referee must tell, and the store's calls are answered all the same."""
    one = soak.Soak(6, 0.02, 20, 7, lambda text: None)
    try:
        one.connect()
        store = one.stores[4]
        assert store.platform == 'woocommerce' and not store.faults
        for _ in range(60):
            store.ask('GET', '/wp-json/wc/v3/orders')
        _, _, refused = one.refusals()
        assert len(refused) == 1 and refused[0].startswith('woocommerce s4: '), refused
    finally:
        one.close()


def growth_is_noticed():
    one = soak.Soak.__new__(soak.Soak)
    one.memory = [(at, 30000 + (100 * at if at < 100 else 10000)) for at in range(600)]
    before, after = one.growth()
    assert before == after == 40000, (before, after)
    one.memory = [(at, 30000 + 20 * at) for at in range(600)]
    before, after = one.growth()
    assert after > before * soak.SLACK + soak.SLACK_KB, (before, after)


if __name__ == '__main__':
    sys.exit(flow.run((nothing_is_provoked_and_nobody_starves, a_shop_with_a_stranger_is_noticed, growth_is_noticed)))
