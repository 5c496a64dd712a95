// Reads the posts of an account with the official client, without a login, as any app would.
//
//   node read.mjs URL HANDLE-OR-DID
//
// Prints JSON: did, handle, posts (oldest first) and threads (record keys in reading order, one list each, single posts
// included). `record` is the whole record; `valid` says whether the client's own schema accepts it; `segments` is the
// text cut at its facets by the client's own code, so an offset that is wrong by a byte shows. Pictures are fetched and
// hashed; small ones are shown in full as `hex`.
import { createHash } from 'node:crypto'
import { AppBskyFeedPost, AtpAgent, RichText } from '@atproto/api'

const [service, actor] = process.argv.slice(2)
if (!service || !actor) {
  console.error('usage: node read.mjs URL HANDLE-OR-DID')
  process.exit(2)
}

const agent = new AtpAgent({ service })
const about = (await agent.com.atproto.repo.describeRepo({ repo: actor })).data
const did = about.did
const keyOf = (uri) => uri.slice(uri.lastIndexOf('/') + 1)

/** All records of the collection, page by page. */
async function records() {
  const found = []
  let cursor
  do {
    const page = await agent.com.atproto.repo.listRecords({
      repo: did,
      collection: 'app.bsky.feed.post',
      limit: 100,
      cursor,
      reverse: true,
    })
    found.push(...page.data.records)
    cursor = page.data.cursor
  } while (cursor)
  return found
}

/** What a stored file is, read back from the server. */
async function stored(blob) {
  if (!blob) return undefined
  const cid = blob.ref.toString()
  const { data, headers } = await agent.com.atproto.sync.getBlob({ did, cid })
  return {
    cid,
    mimeType: blob.mimeType,
    servedAs: headers['content-type'],
    declaredSize: blob.size,
    size: data.byteLength,
    sha256: createHash('sha256').update(data).digest('hex'),
    hex: data.byteLength <= 4096 ? Buffer.from(data).toString('hex') : undefined,
  }
}

function segments(record) {
  const rich = new RichText({ text: record.text, facets: record.facets })
  return [...rich.segments()].map((segment) => ({
    text: segment.text,
    link: segment.link?.uri,
    mention: segment.mention?.did,
    tag: segment.tag?.tag,
  }))
}

async function media(embed) {
  const found = { images: [] }
  if (!embed) return found
  found.kind = embed.$type
  const inner = embed.$type === 'app.bsky.embed.recordWithMedia' ? embed.media : embed
  if (embed.record) found.quote = embed.record.record?.uri ?? embed.record.uri
  if (inner.$type === 'app.bsky.embed.images') {
    for (const { alt, aspectRatio, image } of inner.images) {
      found.images.push({ alt, aspectRatio, ...(await stored(image)) })
    }
  }
  if (inner.$type === 'app.bsky.embed.video') {
    found.video = { alt: inner.alt, aspectRatio: inner.aspectRatio, ...(await stored(inner.video)) }
  }
  if (inner.$type === 'app.bsky.embed.external') {
    const { uri, title, description, thumb } = inner.external
    found.external = { uri, title, description, thumb: await stored(thumb) }
  }
  return found
}

const posts = []
for (const { uri, cid, value } of await records()) {
  const checked = AppBskyFeedPost.validateRecord(value)
  posts.push({
    uri,
    cid,
    rkey: keyOf(uri),
    record: value,
    valid: checked.success,
    problem: checked.success ? undefined : String(checked.error),
    text: value.text,
    createdAt: value.createdAt,
    langs: value.langs,
    tags: value.tags,
    facets: value.facets ?? [],
    segments: segments(value),
    ...(await media(value.embed)),
    reply: value.reply && { root: value.reply.root, parent: value.reply.parent },
  })
}

/** From a first post to the last one that answers it; a fork is followed in the order of its keys. */
function thread(post) {
  const answers = posts.filter((other) => other.reply?.parent.uri === post.uri)
  return [post.rkey, ...answers.flatMap(thread)]
}

const known = new Set(posts.map((post) => post.uri))
const firsts = posts.filter((post) => !post.reply || !known.has(post.reply.parent.uri))
console.log(JSON.stringify({ did, handle: about.handle, posts, threads: firsts.map(thread) }, null, 1))
