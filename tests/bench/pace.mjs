// pace.mjs - what other clients make of the same shop: N orders through a bucket of 40 that gains 20 a second.
//
//     node pace.mjs WAY PORT KEY FOLDER < ids       FOLDER: where node_modules is
//
// WAY: naive (what is refused comes again after a second), retry_after (... after what the shop says, and a backoff if it
// says nothing), bottleneck, stopcock (as their manuals say for this bucket; what is refused comes again after a second).
// Everything is begun at once, on 50 connections, as from a loop with Promise.all.
import http from 'node:http'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const [way, port, key, folder] = process.argv.slice(2)
const ids = readFileSync(0, 'utf8').split('\n').filter(Boolean)
const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

function get(id) {
    return new Promise((done, fail) => {
        http.get({ host: '127.0.0.1', port, path: `/admin/orders/${id}?fields=id`, agent,
                   headers: { Authorization: `Basic ${key}` } }, (answer) => {
            answer.resume().on('end', () => done(answer)).on('error', fail)
        }).on('error', fail)
    })
}

async function until_served(id, once, wait_ms) {
    for (let attempt = 0;; attempt++) {
        const answer = await once(id).catch((error) => {
            if (error.code === 'ECONNRESET') return { statusCode: 429, headers: {} } // a connection that was just closed
            throw error
        })
        if (answer.statusCode === 200) return
        if (answer.statusCode !== 429) throw new Error(`${id}: ${answer.statusCode}`)
        await sleep(wait_ms(answer, attempt))
    }
}

const a_second = () => 1000
const as_told = (answer, attempt) =>
    1000 * Number(answer.headers['retry-after'] || 0) || Math.min(30000, 1000 * 2 ** attempt) * Math.random()
const library = (name) => createRequire(`${folder}/package.json`)(name)
const ways = {
    naive: () => [get, a_second],
    retry_after: () => [get, as_told],
    bottleneck: () => {
        const limiter = new (library('bottleneck'))({ reservoir: 40, reservoirIncreaseInterval: 250, reservoirIncreaseAmount: 5,
                                                      reservoirIncreaseMaximum: 40 })
        return [limiter.wrap(get), a_second]
    },
    stopcock: () => [library('stopcock')(get, { limit: 20, interval: 1000, bucketSize: 40 }), a_second],
}
const [once, wait_ms] = ways[way]()
await Promise.all(ids.map((id) => until_served(id, once, wait_ms)))
process.exit(0) // bottleneck's clock goes on
