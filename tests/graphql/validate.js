#!/usr/bin/env node
// validate.js - requests of a GraphQL API against its published schema, by graphql-js, the reference implementation.
//
//     node validate.js shopify_2026-07.graphql.gz < requests
//
// A line in is {"query":TEXT,"variables":{...}}, with anything beside them.  A line out is a request that is not good:
// the same line, with "faults": [texts].  What is asked:
//
//   the document       parsed, and all rules of the specification (fields, arguments, fragments, variables, merging)
//   deprecated         nothing of the schema that is marked so
//   the variables      the values as the operation declares them: types, unknown and missing members, words of enums
//   named, not used    a value that the document does not declare would be lost without a word
//   the scalars        the custom ones that a shop reads strictly: Money, Decimal, DateTime, URL ...
'use strict';
const fs = require('fs');
const zlib = require('zlib');
module.paths.push('/usr/share/nodejs'); // where Debian's modules are, for a node that is not Debian's too
const graphql = require('graphql');
const { getVariableValues } = require('graphql/execution/values');

// graphql-js takes any value for a custom scalar.  The forms are the schema's descriptions of them.
const TEXT = (pattern, form) => (value) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`expected ${form}`);
    return value;
};
const NUMBER = TEXT(/^-?\d+(\.\d+)?$/, 'a decimal number as a text');
const SCALARS = {
    Money: NUMBER,
    Decimal: NUMBER,
    UnsignedInt64: TEXT(/^\d+$/, 'a whole number as a text'),
    DateTime: TEXT(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, 'a time of ISO 8601'),
    Date: TEXT(/^\d{4}-\d\d-\d\d$/, 'a date of ISO 8601'),
    URL: TEXT(/^https?:\/\/\S+$/, 'an address'),
    HTML: TEXT(/^/, 'a text'),
};

function read_schema(path) {
    const schema = graphql.buildSchema(zlib.gunzipSync(fs.readFileSync(path)).toString());
    for (const [name, parse] of Object.entries(SCALARS)) {
        const scalar = schema.getType(name);
        scalar.parseValue = parse;
        scalar.parseLiteral = (node) => parse(node.value);
    }
    return schema;
}

function faults_of_document(schema, document) {
    return graphql
        .validate(schema, document, [...graphql.specifiedRules, graphql.NoDeprecatedCustomRule])
        .map((error) => error.message);
}

function faults_of_variables(schema, operation, values) {
    const declared = operation.variableDefinitions || [];
    const names = new Set(declared.map((definition) => definition.variable.name.value));
    const lost = Object.keys(values).filter((name) => !names.has(name));
    const coerced = getVariableValues(schema, declared, values);
    return [
        ...lost.map((name) => `Variable "$${name}" has a value and is not declared.`),
        ...(coerced.errors || []).map((error) => error.message),
    ];
}

function faults_of(schema, request) {
    let document;
    try {
        document = graphql.parse(request.query);
    } catch (error) {
        return [error.message];
    }
    const operations = document.definitions.filter((one) => one.kind === 'OperationDefinition');
    if (operations.length !== 1) return [`expected one operation, found ${operations.length}`];
    const faults = faults_of_document(schema, document);
    // a variable of a type that is not there cannot be read
    return faults.length ? faults : faults_of_variables(schema, operations[0], request.variables || {});
}

const schema = read_schema(process.argv[2]);
for (const line of fs.readFileSync(0, 'utf8').split('\n')) {
    if (!line) continue;
    const request = JSON.parse(line);
    const faults = faults_of(schema, request);
    if (faults.length) console.log(JSON.stringify({ ...request, faults }));
}
