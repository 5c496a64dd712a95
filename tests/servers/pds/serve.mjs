// A Bluesky PDS with its directory of identities, both on this machine only, with nothing in them.
//
//   node serve.mjs [--until-eof] [--directory]
//
// Prints one line, `ready URL`, and serves until SIGTERM or SIGINT; with --until-eof also until its standard input
// ends, so that it never outlives the test that started it. PDS_PORT and PLC_PORT choose ports (0 or absent: free
// ones), PDS_RATE_LIMITS=1 turns the server's own rate limits on. All data are gone when it ends.
//
// To outlive a PDS that is killed, run the directory alone (--directory; the URL is then the directory's), and the PDS
// with PLC_URL, a port of its own and PDS_DATA, a folder that keeps its data: the same again is the same server again.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TestPds, TestPlc, mockNetworkUtilities } from '@atproto/dev-env'

// The key must be absent for a free port: a port that is there and undefined would mean the server's usual one.
function port(name) {
  const number = Number(process.env[name] ?? 0)
  return number ? { port: number } : {}
}

/** Where the data are, and the key that signs what the server tells the directory. */
function kept(folder) {
  if (!folder) return {}
  mkdirSync(folder, { recursive: true })
  const key = join(folder, 'rotation-key')
  if (!existsSync(key)) writeFileSync(key, randomBytes(32).toString('hex'))
  return {
    dataDirectory: folder,
    blobstoreDiskLocation: join(folder, 'blobs'),
    plcRotationKeyK256PrivateKeyHex: readFileSync(key, 'utf8'),
  }
}

const parts = []
let url = process.env.PLC_URL
if (!url) {
  const directory = await TestPlc.create(port('PLC_PORT'))
  parts.push(directory)
  url = directory.url
}
if (!process.argv.includes('--directory')) {
  const pds = await TestPds.create({
    didPlcUrl: url,
    ...port('PDS_PORT'),
    ...kept(process.env.PDS_DATA),
    rateLimitsEnabled: process.env.PDS_RATE_LIMITS === '1',
  })
  mockNetworkUtilities(pds)
  parts.unshift(pds)
  url = pds.url
}

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  // A connection that somebody keeps open must not keep the server alive.
  setTimeout(() => process.exit(0), 5000).unref()
  for (const part of parts) await part.close()
  process.exit(0)
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
if (process.argv.includes('--until-eof')) {
  process.stdin.on('end', stop)
  process.stdin.resume()
}
console.log(`ready ${url}`)
