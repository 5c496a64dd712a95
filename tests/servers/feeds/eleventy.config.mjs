// A blog as people build it with Eleventy: Markdown posts in, pages and three feeds out.
//
// FEED_BASE is the address where the result will be served; links and pictures in the feeds are made absolute with it.
import { feedPlugin } from '@11ty/eleventy-plugin-rss'

const base = process.env.FEED_BASE || 'https://blog.acme.example/'

export default function (config) {
  config.addCollection('blog', (all) =>
    all.getFilteredByGlob('**/posts/*.md').sort((a, b) => a.date - b.date),
  )
  for (const [type, outputPath] of [
    ['rss', '/feed.xml'],
    ['atom', '/feed.atom'],
    ['json', '/feed.json'],
  ]) {
    config.addPlugin(feedPlugin, {
      type,
      outputPath,
      collection: { name: 'blog', limit: 20 },
      metadata: {
        title: 'Blog di Acme',
        subtitle: 'Tazze, piatti e altre cose fatte a mano & cotte due volte',
        description: 'Tazze, piatti e altre cose fatte a mano',
        language: 'it',
        base,
        author: { name: 'Acme', email: 'ciao@acme.example' },
      },
    })
  }
  config.addPassthroughCopy('posts/*.{svg,png}')
  return { dir: { input: '.', includes: '_none' }, templateFormats: ['md', 'njk'] }
}
