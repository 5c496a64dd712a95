// Makes an account with an app password, as a person does before connecting a tool.
//
//   node account.mjs URL HANDLE
//
// HANDLE ends in `.test`. Prints JSON: service, did, handle, password, appPassword.
import { randomBytes } from 'node:crypto'
import { AtpAgent } from '@atproto/api'

const [service, handle] = process.argv.slice(2)
if (!service || !handle) {
  console.error('usage: node account.mjs URL HANDLE')
  process.exit(2)
}

const agent = new AtpAgent({ service })
const password = randomBytes(12).toString('hex')
await agent.createAccount({ email: `${handle.replaceAll('.', '-')}@mail.test`, handle, password })
const made = await agent.com.atproto.server.createAppPassword({ name: 'staffetta' })
console.log(
  JSON.stringify({ service, did: agent.assertDid, handle, password, appPassword: made.data.password }),
)
