#!/usr/bin/env node
// slim.js - a published introspection of a GraphQL API, as the compressed schema text that validate.js reads.
//
//     node slim.js admin_2026-07.json.gz > shopify_2026-07.graphql.gz
//
// Names, types, arguments, defaults and directives stay; descriptions and the reasons of deprecations, which are
// nine tenths of it, go.  The same input gives the same bytes.
'use strict';
const fs = require('fs');
const zlib = require('zlib');
module.paths.push('/usr/share/nodejs'); // where Debian's modules are, for a node that is not Debian's too
const graphql = require('graphql');

function strip(value) {
    if (value === null || typeof value !== 'object') return value;
    if (!Array.isArray(value)) {
        delete value.description;
        if (value.deprecationReason) value.deprecationReason = graphql.DEFAULT_DEPRECATION_REASON;
    }
    Object.values(value).forEach(strip);
    return value;
}

const answer = JSON.parse(zlib.gunzipSync(fs.readFileSync(process.argv[2])));
const schema = graphql.buildClientSchema(strip(answer.data || answer));
process.stdout.write(zlib.gzipSync(graphql.printSchema(schema), { level: 9 }));
