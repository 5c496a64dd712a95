// A Bluesky PDS with its directory of identities, both on this machine only, with nothing in them.
//
//   node serve.mjs [--until-eof]
//
// Prints one line, `ready URL`, and serves until SIGTERM or SIGINT; with --until-eof also until its standard input
// ends, so that it never outlives the test that started it. PDS_PORT and PLC_PORT choose ports (0 or absent: free
// ones), PDS_RATE_LIMITS=1 turns the server's own rate limits on. All data are gone when it ends.
import { TestNetworkNoAppView } from '@atproto/dev-env'

// The key must be absent for a free port: a port that is there and undefined would mean the server's usual one.
function port(name) {
  const number = Number(process.env[name] ?? 0)
  return number ? { port: number } : {}
}

const network = await TestNetworkNoAppView.create({
  pds: { ...port('PDS_PORT'), rateLimitsEnabled: process.env.PDS_RATE_LIMITS === '1' },
  plc: port('PLC_PORT'),
})

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  // A connection that somebody keeps open must not keep the server alive.
  setTimeout(() => process.exit(0), 5000).unref()
  await network.close()
  process.exit(0)
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
if (process.argv.includes('--until-eof')) {
  process.stdin.on('end', stop)
  process.stdin.resume()
}
console.log(`ready ${network.pds.url}`)
