#!/bin/bash
# Builds the blog: build.sh OUT [BASE]. OUT gets feed.xml (RSS 2.0), feed.atom, feed.json and the pages.
# Works where `npm ci` was run beside it (tests/setup/servers.sh copies it there).
set -euo pipefail
cd "$(dirname "$0")"
FEED_BASE="${2:-https://blog.acme.example/}" node node_modules/@11ty/eleventy/cmd.cjs --quiet --output="$1"
