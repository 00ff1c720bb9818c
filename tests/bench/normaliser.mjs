// normaliser.mjs - what a team would write in an afternoon with Node's own http.Agent, to compare against.
//
//   node normaliser.mjs PORT UPSTREAM_PORT
//
// GET /v1/stores/s1/orders asks the shop's page over a keep-alive agent, JSON.parse, our shape, JSON.stringify: for
// the fields that bench.py names, the same JSON as the gateway's.  It checks no key, has no limits, no retries and
// no drift report, and its rule for phone numbers knows Germany alone.
import http from 'node:http';

const [port, upstream] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });
const states = { pending: 'open', completed: 'completed', archived: 'archived', canceled: 'cancelled', draft: 'pending' };

const moneySet = (amount, currency) => {
  if (amount === null || amount === undefined) return null;
  return { shop: { amount: amount.toFixed(2), minor: Math.round(amount * 100), currency } };
};

const phone = (raw) => {
  if (!raw) return null;
  const digits = raw.replace(/[^0-9+]/g, '');
  return { e164: digits.startsWith('+') ? digits : '+49' + digits.replace(/^0/, ''), raw };
};

const address = (a) => a && {
  first_name: a.first_name, last_name: a.last_name, company: a.company, address1: a.address_1, address2: a.address_2,
  city: a.city, region_raw: a.province, postal_code: a.postal_code, country: a.country_code.toUpperCase(),
  country_raw: a.country_code, phone: phone(a.phone),
};

const billing = (a) => a && { phone: phone(a.phone) };

const item = (i, currency) => ({
  sku: i.variant_sku, name: i.product_title ?? i.title, quantity: i.quantity,
  unit_price: moneySet(i.unit_price, currency), total: moneySet(i.total, currency),
});

const UNSUPPORTED = ['shipping_address.full_name', 'shipping_address.state'];

const order = (o, observed_at) => {
  const currency = o.currency_code.toUpperCase();
  return {
    object: 'order', id: o.id, gid: 's1/order/' + o.id, store: 's1', platform: 'medusa', observed_at,
    number: String(o.custom_display_id ?? o.display_id), created_at: new Date(o.created_at).toISOString(),
    status: states[o.status] ?? 'unknown',
    status_raw: { id: o.status, name: null }, currency, customer: { email: o.email },
    billing_address: billing(o.billing_address), shipping_address: address(o.shipping_address),
    items: o.items.map((i) => item(i, currency)), totals: { total: moneySet(o.total, currency) },
    unsupported: UNSUPPORTED, incomplete: [],
  };
};

const page = (body) => {
  const now = new Date().toISOString();
  return { data: body.orders.map((o) => order(o, now)), next: String(body.offset + body.limit), problems: [] };
};
const single = (body) => ({ data: order(body.order, new Date().toISOString()) });

const ask = (path, done) => {
  const request = http.get({ host: '127.0.0.1', port: upstream, path, agent }, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => done(Buffer.concat(chunks)));
  });
  request.on('error', () => done(null));
};

const routes = [
  ['/v1/stores/s1/orders/one', '/admin/orders/one', single],
  ['/v1/stores/s1/orders', '/admin/orders', page],
];

http.createServer((request, response) => {
  const [, path, shape] = routes.find(([ours]) => request.url.startsWith(ours)) ?? [];
  if (!path) return response.writeHead(404).end();
  ask(path, (bytes) => {
    if (!bytes) return response.writeHead(502).end();
    const text = JSON.stringify(shape(JSON.parse(bytes)));
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  });
}).listen(port, '127.0.0.1');
