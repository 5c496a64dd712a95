//! The content of a mail as HTML: the post's own HTML, sanitised, or its text with paragraphs and links. Every tag gets
//! its style beside it, because mail clients throw style sheets away.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, Url, UrlRelative};
use staffetta_plugin::{Post, SpanKind, text};

/// The tags that are kept, with the style that each gets.
const TAGS: [(&str, &str); 26] = [
    ("p", "margin:0 0 16px 0"),
    ("br", ""),
    ("hr", "border:0;border-top:1px solid #dddddd;margin:24px 0"),
    ("h1", "margin:24px 0 12px 0;font-size:24px;line-height:1.3"),
    ("h2", "margin:24px 0 12px 0;font-size:21px;line-height:1.3"),
    ("h3", "margin:20px 0 10px 0;font-size:18px;line-height:1.3"),
    ("h4", "margin:20px 0 10px 0;font-size:16px;line-height:1.3"),
    ("ul", "margin:0 0 16px 0;padding-left:24px"),
    ("ol", "margin:0 0 16px 0;padding-left:24px"),
    ("li", "margin:0 0 6px 0"),
    (
        "blockquote",
        "margin:0 0 16px 0;padding-left:16px;border-left:3px solid #dddddd;color:#555555",
    ),
    (
        "pre",
        "margin:0 0 16px 0;padding:12px;background:#f4f4f4;font-family:monospace;white-space:pre-wrap",
    ),
    ("code", "font-family:monospace"),
    ("a", ""),
    ("img", "display:block;max-width:100%;height:auto;border:0"),
    ("b", ""),
    ("strong", ""),
    ("i", ""),
    ("em", ""),
    ("u", ""),
    ("s", ""),
    ("sub", ""),
    ("sup", ""),
    ("figure", "margin:0 0 16px 0"),
    (
        "figcaption",
        "margin:6px 0 0 0;font-size:13px;color:#555555",
    ),
    ("span", ""),
];

/// Makes text safe to stand anywhere in HTML. Braces are written as references, so that no text can look like a
/// placeholder of the payload.
pub(crate) fn escape(text: &str) -> String {
    let mut made = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => made.push_str("&amp;"),
            '<' => made.push_str("&lt;"),
            '>' => made.push_str("&gt;"),
            '"' => made.push_str("&quot;"),
            '\'' => made.push_str("&#39;"),
            '{' => made.push_str("&#123;"),
            '}' => made.push_str("&#125;"),
            // Mail may not hold them, and no person would see them.
            '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{7F}' => {}
            _ => made.push(c),
        }
    }
    made
}

/// The content; empty where the post has none.
pub(crate) fn html(post: &Post, colour: &str) -> String {
    let own = post
        .html
        .as_deref()
        .map(|html| sanitise(html, base(post), colour));
    own.filter(|html| !html.trim().is_empty())
        .unwrap_or_else(|| paragraphs(&post.text, colour))
}

fn base(post: &Post) -> Option<Url> {
    let page = post.link.as_deref().or(post.origin.url.as_deref())?;
    Url::parse(page)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Keeps the tags above and nothing that could run, load or follow: no scripts, styles, forms, frames, handlers.
fn sanitise(html: &str, base: Option<Url>, colour: &str) -> String {
    let link = format!("color:{colour}");
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().map(|(tag, _)| *tag).collect())
        .clean_content_tags(HashSet::from([
            "script", "style", "title", "noscript", "template", "iframe",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("img", HashSet::from(["src", "alt", "width", "height"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(base.map_or(UrlRelative::Deny, UrlRelative::RewriteWithBase))
        .link_rel(Some("noopener"));
    for (tag, style) in TAGS.iter().filter(|(_, style)| !style.is_empty()) {
        builder.set_tag_attribute_value(tag, "style", style);
    }
    builder.set_tag_attribute_value("a", "style", &link);
    // References are read in texts and attributes alike.
    builder
        .clean(html)
        .to_string()
        .replace('{', "&#123;")
        .replace('}', "&#125;")
}

fn paragraphs(text: &str, colour: &str) -> String {
    let style = TAGS
        .iter()
        .find(|(tag, _)| *tag == "p")
        .map_or("", |(_, style)| style);
    let paragraphs = text
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty());
    paragraphs
        .map(|p| format!("<p style=\"{style}\">{}</p>\n", linked(p, colour)))
        .collect()
}

/// One paragraph with its links.
fn linked(paragraph: &str, colour: &str) -> String {
    let mut made = String::new();
    let mut at = 0;
    for span in text::tokens(paragraph)
        .into_iter()
        .filter(|span| span.kind == SpanKind::Link)
    {
        let (start, end) = (span.start as usize, span.end as usize);
        made.push_str(&lines(&paragraph[at..start]));
        let shown = escape(&paragraph[start..end]);
        made.push_str(&format!(
            "<a href=\"{shown}\" style=\"color:{colour}\">{shown}</a>"
        ));
        at = end;
    }
    made + &lines(&paragraph[at..])
}

fn lines(text: &str) -> String {
    escape(text).replace("\r\n", "\n").replace('\n', "<br>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_runs_survives() {
        let dirty = concat!(
            "<p onclick=\"x()\" style=\"position:fixed\">Ciao <b>a</b><script>alert(1)</script></p>",
            "<img src=\"javascript:x()\" onerror=x><img src=\"/p.png\" alt=\"è\"><a href=\"javascript:x\">q</a>",
            "<iframe src=\"https://e.example\"></iframe><form action=x><input></form><svg onload=x></svg>",
            "<style>p{color:red}</style><!-- c --><p>{unsubscribe}",
        );
        let clean = sanitise(dirty, Url::parse("https://a.example/b/").ok(), "#000000");
        let gone = [
            "script",
            "alert",
            "onclick",
            "onerror",
            "onload",
            "javascript",
            "iframe",
            "form",
            "svg",
            "<style",
            "position",
            "<!--",
            "{",
        ];
        for gone in gone {
            assert!(!clean.contains(gone), "{gone} in {clean}");
        }
        assert!(
            clean.contains("<b>a</b>") && clean.contains("src=\"https://a.example/p.png\""),
            "{clean}"
        );
        assert!(
            clean.contains("<p style=\"margin:0 0 16px 0\">Ciao "),
            "{clean}"
        );
    }

    #[test]
    fn texts_become_paragraphs_with_links() {
        let made = paragraphs(
            "A & <b>\nriga\n\nVedi https://a.example/?x=1&y=\"2.",
            "#000000",
        );
        assert_eq!(
            made,
            concat!(
                "<p style=\"margin:0 0 16px 0\">A &amp; &lt;b&gt;<br>\nriga</p>\n",
                "<p style=\"margin:0 0 16px 0\">Vedi <a href=\"https://a.example/?x=1&amp;y=\" style=\"color:#000000\">",
                "https://a.example/?x=1&amp;y=</a>&quot;2.</p>\n",
            )
        );
    }
}
